// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/Float64Words.h"

#include <array>
#include <map>
#include <set>

#include "moves/SourceEdit.h"

namespace warploom {

namespace {

/// Functions whose float form ends in f.
constexpr std::string_view kWithSuffix[] = {
    "exp",     "exp2",       "exp10",  "expm1", "log",    "log2",   "log10",     "log1p",     "sqrt",   "rsqrt",
    "cbrt",    "rcbrt",      "sin",    "cos",   "tan",    "sinpi",  "cospi",     "asin",      "acos",   "atan",
    "sinh",    "cosh",       "tanh",   "asinh", "acosh",  "atanh",  "erf",       "erfc",      "fabs",   "floor",
    "ceil",    "trunc",      "round",  "rint",  "lgamma", "tgamma", "logb",      "erfcx",     "erfinv", "normcdf",
    "pow",     "fmod",       "fmax",   "fmin",  "fdim",   "atan2",  "hypot",     "copysign",  "fma",    "remainder",
    "rhypot",  "ldexp",      "frexp",  "modf",  "lround", "lrint",  "nearbyint", "nextafter", "sincos", "norm3d",
    "erfcinv", "normcdfinv", "scalbn", "j0",    "j1",     "y0",     "y1"};

const std::map<std::string, std::string>& otherWords()
{
    static const std::map<std::string, std::string> kWords = {{"__expf", "exp"},
                                                              {"__exp10f", "exp10"},
                                                              {"__logf", "log"},
                                                              {"__log2f", "log2"},
                                                              {"__log10f", "log10"},
                                                              {"__sinf", "sin"},
                                                              {"__cosf", "cos"},
                                                              {"__tanf", "tan"},
                                                              {"__tanhf", "tanh"},
                                                              {"__powf", "pow"},
                                                              {"__sincosf", "sincos"},
                                                              {"__frsqrt_rn", "rsqrt"},
                                                              {"__fsqrt_rn", "sqrt"},
                                                              {"__fmaf_rn", "fma"},
                                                              {"__frcp_rn", "wide_reciprocal"},
                                                              {"__fdividef", "wide_divide"},
                                                              {"__fdiv_rn", "wide_divide"},
                                                              {"__fadd_rn", "wide_add"},
                                                              {"__fsub_rn", "wide_subtract"},
                                                              {"__fmul_rn", "wide_multiply"},
                                                              {"__saturatef", "wide_saturate"},
                                                              {"__float2int_rn", "__double2int_rn"},
                                                              {"__float2int_rz", "__double2int_rz"},
                                                              {"__float2int_rd", "__double2int_rd"},
                                                              {"__float2int_ru", "__double2int_ru"},
                                                              {"__float2uint_rn", "__double2uint_rn"},
                                                              {"__int2float_rn", "double"},
                                                              {"__uint2float_rn", "double"},
                                                              {"__double2float_rn", "double"},
                                                              {"__half2float", "double"},
                                                              {"__float2half", "double"},
                                                              {"__float2half_rn", "double"},
                                                              {"__double2half", "double"},
                                                              {"__bfloat162float", "double"},
                                                              {"__float2bfloat16", "double"},
                                                              {"__float2bfloat16_rn", "double"},
                                                              {"__double2bfloat16", "double"},
                                                              {"__hadd", "wide_add"},
                                                              {"__hsub", "wide_subtract"},
                                                              {"__hmul", "wide_multiply"},
                                                              {"__hdiv", "wide_divide"},
                                                              {"__hmax", "fmax"},
                                                              {"__hmin", "fmin"},
                                                              {"__hfma", "fma"},
                                                              {"__hneg", "-"},
                                                              {"hexp", "exp"},
                                                              {"hlog", "log"},
                                                              {"hsqrt", "sqrt"},
                                                              {"hrsqrt", "rsqrt"},
                                                              {"hrcp", "wide_reciprocal"},
                                                              {"float1", "double1"},
                                                              {"float2", "double2"},
                                                              {"float3", "double3"},
                                                              {"float4", "double4"},
                                                              {"make_float1", "make_double1"},
                                                              {"make_float2", "make_double2"},
                                                              {"make_float3", "make_double3"},
                                                              {"make_float4", "make_double4"}};
    return kWords;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kHelpers = {{
    {"wide_reciprocal", "__device__ double wide_reciprocal(double x) { return 1 / x; }\n"},
    {"wide_divide", "__device__ double wide_divide(double x, double y) { return x / y; }\n"},
    {"wide_add", "__device__ double wide_add(double x, double y) { return x + y; }\n"},
    {"wide_subtract", "__device__ double wide_subtract(double x, double y) { return x - y; }\n"},
    {"wide_multiply", "__device__ double wide_multiply(double x, double y) { return x * y; }\n"},
    {"wide_saturate", "__device__ double wide_saturate(double x) { return fmin(fmax(x, 0.0), 1.0); }\n"},
    {"widened2", "__device__ double2 widened2(float2 v) { return make_double2(v.x, v.y); }\n"},
    {"widened3", "__device__ double3 widened3(float3 v) { return make_double3(v.x, v.y, v.z); }\n"},
    {"widened4", "__device__ double4 widened4(float4 v) { return make_double4(v.x, v.y, v.z, v.w); }\n"},
}};

}  // namespace

std::optional<std::string> wordInDouble(const std::string& name)
{
    if (const auto other = otherWords().find(name); other != otherWords().end())
        return other->second;
    if (name.size() > 1 && name.back() == 'f')
        for (const auto function : kWithSuffix)
            if (function == std::string_view(name).substr(0, name.size() - 1))
                return std::string(function);
    return std::nullopt;
}

std::optional<std::string> literalInDouble(std::string_view literal)
{
    if (literal.size() < 2 || (literal.back() != 'f' && literal.back() != 'F')
        || literal.find_first_of("xX") != std::string_view::npos || literal.find_first_of("0123456789") > 1)
        return std::nullopt;
    return std::string(literal.substr(0, literal.size() - 1));
}

bool isBoundToItsWidth(const std::string& name)
{
    static const std::set<std::string> kNames = {"__float_as_int",
                                                 "__int_as_float",
                                                 "__float_as_uint",
                                                 "__uint_as_float",
                                                 "__half2",
                                                 "half2",
                                                 "__nv_bfloat162",
                                                 "nv_bfloat162",
                                                 "asm",
                                                 "__asm__",
                                                 "wmma",
                                                 "__half_as_short",
                                                 "__half_as_ushort",
                                                 "__short_as_half",
                                                 "__ushort_as_half"};
    return kNames.count(name) > 0;
}

std::string helpersInDouble(const std::string& text)
{
    std::string helpers;
    for (const auto& [name, definition] : kHelpers)
        if (mentions(text, name))
            helpers += definition;
    return helpers;
}

}  // namespace warploom
