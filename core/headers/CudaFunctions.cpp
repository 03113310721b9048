// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "headers/CudaFunctions.h"

#include <fmt/ranges.h>

#include "headers/FunctionFamily.h"

namespace warploom {

namespace {

/// T is double, and float under the same name and with an f behind it.
constexpr FunctionFamily kOfBoth[] = {
    {"T", "T",
     "exp exp2 exp10 expm1 log log2 log10 log1p sqrt rsqrt cbrt rcbrt sin cos tan sinpi cospi asin acos atan "
     "sinh cosh tanh asinh acosh atanh erf erfc erfcx erfinv erfcinv normcdf normcdfinv fabs floor ceil trunc "
     "round rint nearbyint lgamma tgamma logb j0 j1 y0 y1 cyl_bessel_i0 cyl_bessel_i1"},
    {"T", "T,T", "pow fmod fmax fmin fdim atan2 hypot rhypot copysign remainder nextafter fdivide"},
    {"T", "T,T,T", "fma norm3d rnorm3d"},
    {"T", "T,T,T,T", "norm4d rnorm4d"},
    {"T", "T,int", "ldexp scalbn"},
    {"T", "T,long", "scalbln"},
    {"T", "int,T", "jn yn"},
    {"int", "T", "ilogb"},
    {"long", "T", "lround lrint"},
    {"long long", "T", "llround llrint"},
};

/// Of these the plain name is double's only.
constexpr std::string_view kWithoutOverload[] = {"rhypot", "norm3d", "rnorm3d", "norm4d", "rnorm4d", "fdivide"};

constexpr FunctionFamily kScalar[] = {
    {"double", "double,int", "pow"},
    {"float", "float,int", "pow"},
    {"float", "float",
     "__expf __exp10f __logf __log2f __log10f __sinf __cosf __tanf __tanhf __saturatef __frsqrt_rn __frcp_* __fsqrt_*"},
    {"float", "float,float", "__powf __fdividef __fadd_* __fsub_* __fmul_* __fdiv_*"},
    {"float", "float,float,float", "__fmaf_* __fmaf_ieee_*"},
    {"double", "double", "__drcp_* __dsqrt_*"},
    {"double", "double,double", "__dadd_* __dsub_* __dmul_* __ddiv_*"},
    {"double", "double,double,double", "__fma_*"},
    {"int", "float", "__float2int_* __float_as_int"},
    {"unsigned", "float", "__float2uint_* __float_as_uint"},
    {"long long", "float", "__float2ll_*"},
    {"unsigned long long", "float", "__float2ull_*"},
    {"int", "double", "__double2int_* __double2hiint __double2loint"},
    {"unsigned", "double", "__double2uint_*"},
    {"long long", "double", "__double2ll_* __double_as_longlong"},
    {"unsigned long long", "double", "__double2ull_*"},
    {"float", "double", "__double2float_*"},
    {"float", "int", "__int2float_* __int_as_float"},
    {"float", "unsigned", "__uint2float_* __uint_as_float"},
    {"float", "long long", "__ll2float_*"},
    {"float", "unsigned long long", "__ull2float_*"},
    {"double", "int", "__int2double_rn"},
    {"double", "unsigned", "__uint2double_rn"},
    {"double", "long long", "__ll2double_* __longlong_as_double"},
    {"double", "unsigned long long", "__ull2double_*"},
    {"double", "int,int", "__hiloint2double"},
    {"int", "double", "isnan isinf isfinite signbit"},
    {"int", "float", "isnan isinf isfinite signbit"},
};

constexpr FunctionFamily kInteger[] = {
    {"int", "int", "abs __clz __ffs"},
    {"int", "unsigned", "__popc"},
    {"int", "long long", "__clzll __ffsll"},
    {"int", "unsigned long long", "__popcll"},
    {"long", "long", "abs labs"},
    {"long long", "long long", "abs llabs"},
    {"float", "float", "abs"},
    {"double", "double", "abs"},
    {"unsigned", "unsigned", "__brev"},
    {"unsigned long long", "unsigned long long", "__brevll"},
    {"int", "int,int", "__mulhi __mul24 __hadd __rhadd"},
    {"unsigned", "unsigned,unsigned", "__umulhi __umul24 __uhadd __urhadd"},
    {"long long", "long long,long long", "__mul64hi llmax llmin"},
    {"unsigned long long", "unsigned long long,unsigned long long", "__umul64hi ullmax ullmin"},
    {"unsigned", "unsigned,unsigned", "umax umin"},
    {"unsigned", "int,int,unsigned", "__sad"},
    {"unsigned", "unsigned,unsigned,unsigned",
     "__usad __byte_perm __funnelshift_l __funnelshift_r __funnelshift_lc __funnelshift_rc __dp4a __dp2a_lo __dp2a_hi"},
    {"int", "int,int,int", "__dp4a __dp2a_lo __dp2a_hi"},
    {"unsigned", "unsigned", "__vabs# __vabsss# __vneg# __vnegss#"},
    {"unsigned", "unsigned,unsigned",
     "__vadd# __vaddss# __vaddus# __vsub# __vsubss# __vsubus# __vavgs# __vavgu# __vhaddu# __vmaxs# __vmaxu# "
     "__vmins# __vminu# __vabsdiffs# __vabsdiffu# __vsads# __vsadu# __vcmpeq# __vcmpne# __vcmpges# __vcmpgeu# "
     "__vcmpgts# __vcmpgtu# __vcmples# __vcmpleu# __vcmplts# __vcmpltu# __vseteq# __vsetne# __vsetges# "
     "__vsetgeu# __vsetgts# __vsetgtu# __vsetles# __vsetleu# __vsetlts# __vsetltu#"},
    {"int", "int,int,int",
     "__vimax3_s32 __vimin3_s32 __viaddmax_s32 __viaddmin_s32 __viaddmax_s32_relu __viaddmin_s32_relu"},
    {"int", "int,int", "__vimax_s32_relu __vimin_s32_relu"},
    {"unsigned", "unsigned,unsigned,unsigned", "__vimax3_u32 __vimin3_u32 __viaddmax_u32 __viaddmin_u32"},
};

/// min and max, as CUDA overloads them: of one type, and of a signed and an unsigned one, which is unsigned.
constexpr std::string_view kOrdered[] = {"int",       "unsigned",           "long",  "unsigned long",
                                         "long long", "unsigned long long", "float", "double"};
constexpr std::pair<std::string_view, std::string_view> kMixed[] = {
    {"int", "unsigned"}, {"long", "unsigned long"}, {"long long", "unsigned long long"}, {"float", "double"}};

CudaFunction withType(CudaFunction function, std::string_view type)
{
    const auto put = [&](std::string& text) {
        if (text == "T")
            text = type;
    };
    put(function.result);
    for (auto& parameter : function.parameters)
        put(parameter);
    return function;
}

void addOfBoth(std::vector<CudaFunction>& functions)
{
    for (const auto& function : functionsOf(kOfBoth)) {
        functions.push_back(withType(function, "double"));
        auto single = withType(function, "float");
        if (std::ranges::find(kWithoutOverload, function.name) == std::end(kWithoutOverload))
            functions.push_back(single);
        single.name += 'f';
        functions.push_back(std::move(single));
    }
}

std::vector<CudaFunction> makeFunctions()
{
    std::vector<CudaFunction> functions;
    addOfBoth(functions);
    for (const auto& made : {functionsOf(kScalar), functionsOf(kInteger)})
        functions.insert(functions.end(), made.begin(), made.end());
    for (const std::string name : {"min", "max"}) {
        for (const auto type : kOrdered)
            functions.push_back({name, std::string(type), {std::string(type), std::string(type)}});
        for (const auto& [first, second] : kMixed) {
            const std::string a(first);
            const std::string b(second);
            functions.push_back({name, b, {a, b}});
            functions.push_back({name, b, {b, a}});
        }
    }
    return functions;
}

}  // namespace

const std::vector<CudaFunction>& cudaFunctions()
{
    static const auto functions = makeFunctions();
    return functions;
}

std::string declarations(std::span<const CudaFunction> functions)
{
    std::string text;
    for (const auto& function : functions)
        text += fmt::format("__device__ {} {}({});\n", function.result, function.name,
                            fmt::join(function.parameters, ", "));
    return text;
}

}  // namespace warploom
