// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "headers/NarrowFloats.h"

#include <fmt/format.h>

#include "headers/FunctionFamily.h"

namespace warploom {

namespace {

/// H is the number, P the pair, W and V their words in names.
constexpr FunctionFamily kFamilies[] = {
    {"H", "H,H",
     "__hadd __hsub __hmul __hdiv __hadd_rn __hsub_rn __hmul_rn __hadd_sat __hsub_sat __hmul_sat __hmax "
     "__hmin __hmax_nan __hmin_nan"},
    {"H", "H,H,H", "__hfma __hfma_sat __hfma_relu"},
    {"H", "H",
     "__habs __hneg hsqrt hrsqrt hrcp hlog hlog2 hlog10 hexp hexp2 hexp10 hsin hcos htanh htanh_approx hceil "
     "hfloor hrint htrunc"},
    {"bool", "H,H", "__heq __hne __hle __hge __hlt __hgt __hequ __hneu __hleu __hgeu __hltu __hgtu"},
    {"bool", "H", "__hisnan"},
    {"int", "H", "__hisinf __W2int_*"},
    {"unsigned", "H", "__W2uint_*"},
    {"short", "H", "__W2short_* __W_as_short"},
    {"unsigned short", "H", "__W2ushort_* __W_as_ushort"},
    {"long long", "H", "__W2ll_*"},
    {"unsigned long long", "H", "__W2ull_*"},
    {"signed char", "H", "__W2char_rz"},
    {"unsigned char", "H", "__W2uchar_rz"},
    {"float", "H", "__W2float"},
    {"H", "float", "__float2W __float2W_*"},
    {"H", "double", "__double2W"},
    {"H", "int", "__int2W_*"},
    {"H", "unsigned", "__uint2W_*"},
    {"H", "short", "__short2W_* __short_as_W"},
    {"H", "unsigned short", "__ushort2W_* __ushort_as_W"},
    {"H", "long long", "__ll2W_*"},
    {"H", "unsigned long long", "__ull2W_*"},
    {"P", "P,P",
     "__hadd2 __hsub2 __hmul2 __h2div __hadd2_rn __hsub2_rn __hmul2_rn __hadd2_sat __hsub2_sat __hmul2_sat "
     "__hmax2 __hmin2 __hmax2_nan __hmin2_nan __heq2 __hne2 __hle2 __hge2 __hlt2 __hgt2 __hequ2 __hneu2 "
     "__hleu2 __hgeu2 __hltu2 __hgtu2 __lows2V __highs2V"},
    {"P", "P,P,P", "__hfma2 __hfma2_sat __hfma2_relu __hcmadd"},
    {"P", "P",
     "__habs2 __hneg2 h2sqrt h2rsqrt h2rcp h2log h2log2 h2log10 h2exp h2exp2 h2exp10 h2sin h2cos h2tanh "
     "h2tanh_approx h2ceil h2floor h2rint h2trunc __hisnan2 __lowhigh2highlow __low2V __high2V"},
    {"bool", "P,P",
     "__hbeq2 __hbne2 __hble2 __hbge2 __hblt2 __hbgt2 __hbequ2 __hbneu2 __hbleu2 __hbgeu2 __hbltu2 __hbgtu2"},
    {"unsigned", "P,P",
     "__heq2_mask __hne2_mask __hle2_mask __hge2_mask __hlt2_mask __hgt2_mask __hequ2_mask __hneu2_mask "
     "__hleu2_mask __hgeu2_mask __hltu2_mask __hgtu2_mask"},
    {"H", "P", "__low2W __high2W"},
    {"float", "P", "__low2float __high2float"},
    {"P", "H", "__W2V"},
    {"P", "H,H", "make_V __halves2V"},
    {"P", "float", "__float2V_rn"},
    {"P", "float,float", "__floats2V_rn"},
    {"P", "float2", "__float22V_rn"},
    {"float2", "P", "__V2float2"},
};

constexpr std::string_view kIntegers[] = {"short", "unsigned short", "int",       "unsigned",
                                          "long",  "unsigned long",  "long long", "unsigned long long"};

/// The operators that change a number in place, as members.
std::string changes(const std::string& type)
{
    std::string text;
    for (const char* sign : {"+", "-", "*", "/"})
        text += fmt::format("  __device__ {0}& operator{1}=({0});\n", type, sign);
    return text;
}

/// The number: made from any other, and read as a float. CUDA's own can be read as integers too, which makes arithmetic
/// with other types ambiguous there; what compiles there is read alike here.
std::string numberType(const NarrowFloat& format)
{
    auto text = fmt::format("struct {0} {{\n  unsigned short bits;\n  __device__ {0}() = default;\n"
                            "  __device__ {0}(float); __device__ {0}(double);\n",
                            format.type);
    for (const auto type : kIntegers)
        text += fmt::format("  __device__ {}({});\n", format.type, type);
    return text + "  __device__ operator float() const;\n" + changes(format.type) + "};\n";
}

std::string pairType(const NarrowFloat& format)
{
    const auto type = format.type + "2";
    return fmt::format("struct {1} {{\n  {0} x, y;\n  __device__ {1}() = default;\n  __device__ {1}({0}, {0});\n",
                       format.type, type)
        + changes(type) + "};\n";
}

/// By value, unlike CUDA's: an element that is an operand is then read, and nothing more.
std::string operators(const std::string& type)
{
    std::string text;
    for (const char* sign : {"+", "-", "*", "/"})
        text += fmt::format("__device__ {0} operator{1}({0}, {0});\n", type, sign);
    for (const char* sign : {"+", "-"})
        text += fmt::format("__device__ {0} operator{1}({0});\n", type, sign);
    for (const char* sign : {"<", ">", "<=", ">=", "==", "!="})
        text += fmt::format("__device__ bool operator{1}({0}, {0});\n", type, sign);
    return text;
}

}  // namespace

NarrowFloat halfFloat() { return {"__half", "half", "half2"}; }

NarrowFloat bfloat16() { return {"__nv_bfloat16", "bfloat16", "bfloat162"}; }

std::vector<CudaFunction> narrowFunctions(const NarrowFloat& format)
{
    auto functions = functionsOf(kFamilies);
    const auto typed = [&](std::string& type) {
        if (type == "H" || type == "P")
            type = type == "H" ? format.type : format.type + "2";
    };
    for (auto& function : functions) {
        typed(function.result);
        for (auto& parameter : function.parameters)
            typed(parameter);
        replaceEach(function.name, "V", format.pairWord);
        replaceEach(function.name, "W", format.word);
    }
    return functions;
}

std::string narrowHeader(const NarrowFloat& format)
{
    const auto functions = narrowFunctions(format);
    return "#pragma once\n" + numberType(format) + pairType(format) + operators(format.type)
        + operators(format.type + "2") + declarations(functions);
}

}  // namespace warploom
