// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/CudaPrelude.h"

#include <string>

namespace warploom {

namespace {

constexpr std::string_view kLanguage = R"(#pragma once
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __host__ __attribute__((host))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#define __managed__ __attribute__((managed))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(n) __attribute__((aligned(n)))
#define __grid_constant__
#define __maxnreg__(n)
#define __CUDACC__ 1
#define __CUDACC_RTC__ 1
typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
typedef long clock_t;
)";

constexpr std::string_view kLibrary = R"(
struct dim3 { unsigned int x, y, z;
  __device__ constexpr dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) {} };
extern __device__ const uint3 threadIdx, blockIdx;
extern __device__ const dim3 blockDim, gridDim;
extern __device__ const int warpSize;
extern "C" {
__device__ void __syncthreads(); __device__ int __syncthreads_count(int); __device__ int __syncthreads_and(int);
__device__ int __syncthreads_or(int); __device__ void __threadfence(); __device__ void __threadfence_block();
__device__ void __threadfence_system(); __device__ long long clock64(); __device__ void __nanosleep(unsigned);
__device__ void __trap(); __device__ void __prof_trigger(int); __device__ int printf(const char*, ...);
__device__ unsigned __activemask(); __device__ unsigned __ballot_sync(unsigned, int);
__device__ int __any_sync(unsigned, int); __device__ int __all_sync(unsigned, int);
__device__ int __popc(unsigned); __device__ int __popcll(unsigned long long); __device__ int __clz(int);
__device__ int __clzll(long long); __device__ int __ffs(int); __device__ int __ffsll(long long);
__device__ unsigned __brev(unsigned); __device__ unsigned __byte_perm(unsigned, unsigned, unsigned);
__device__ unsigned __umulhi(unsigned, unsigned); __device__ int __mulhi(int, int); __device__ int __mul24(int, int);
__device__ unsigned __funnelshift_l(unsigned, unsigned, unsigned);
__device__ unsigned __funnelshift_r(unsigned, unsigned, unsigned);
__device__ int __dp4a(int, int, int);
__device__ float __int_as_float(int); __device__ int __float_as_int(float); __device__ float __uint_as_float(unsigned);
__device__ unsigned __float_as_uint(float); __device__ double __longlong_as_double(long long);
__device__ long long __double_as_longlong(double); __device__ unsigned __sad(int, int, unsigned);
__device__ int __float2int_rn(float); __device__ int __float2int_rz(float); __device__ int __float2int_rd(float);
__device__ int __float2int_ru(float); __device__ unsigned __float2uint_rn(float); __device__ float __int2float_rn(int);
__device__ float __uint2float_rn(unsigned); __device__ float __double2float_rn(double);
__device__ int __double2int_rn(double); __device__ float __saturatef(float); __device__ float __fdividef(float, float);
__device__ size_t __cvta_generic_to_shared(const void*); __device__ void* memcpy(void*, const void*, size_t);
__device__ void* memset(void*, int, size_t); __device__ void assert(bool);
}
__device__ void __syncwarp(unsigned = 0xffffffffu);
template <class T> __device__ T __ldg(const T*); template <class T> __device__ T __ldcs(const T*);
template <class T> __device__ T __ldca(const T*); template <class T> __device__ T __ldcg(const T*);
template <class T> __device__ T __ldcv(const T*); template <class T> __device__ T __ldlu(const T*);
template <class T> __device__ void __stcs(T*, T); template <class T> __device__ void __stcg(T*, T);
template <class T> __device__ void __stwb(T*, T); template <class T> __device__ void __stwt(T*, T);
template <class T> __device__ T __shfl_sync(unsigned, T, int, int = 32);
template <class T> __device__ T __shfl_up_sync(unsigned, T, unsigned, int = 32);
template <class T> __device__ T __shfl_down_sync(unsigned, T, unsigned, int = 32);
template <class T> __device__ T __shfl_xor_sync(unsigned, T, int, int = 32);
template <class T> __device__ unsigned __match_any_sync(unsigned, T);
template <class T> __device__ unsigned __match_all_sync(unsigned, T, int*);
__device__ unsigned __reduce_add_sync(unsigned, unsigned); __device__ unsigned __reduce_max_sync(unsigned, unsigned);
__device__ unsigned __reduce_min_sync(unsigned, unsigned); __device__ int __reduce_add_sync(unsigned, int);
__device__ int __reduce_max_sync(unsigned, int); __device__ int __reduce_min_sync(unsigned, int);
template <class T> struct WlSame { using type = T; };
#define WL_ATOMIC(name) template <class T> __device__ T name(T*, typename WlSame<T>::type); \
  template <class T> __device__ T name##_block(T*, typename WlSame<T>::type); \
  template <class T> __device__ T name##_system(T*, typename WlSame<T>::type);
WL_ATOMIC(atomicAdd) WL_ATOMIC(atomicSub) WL_ATOMIC(atomicMax) WL_ATOMIC(atomicMin) WL_ATOMIC(atomicExch)
WL_ATOMIC(atomicAnd) WL_ATOMIC(atomicOr) WL_ATOMIC(atomicXor) WL_ATOMIC(atomicInc) WL_ATOMIC(atomicDec)
template <class T> __device__ T atomicCAS(T*, typename WlSame<T>::type, typename WlSame<T>::type);
)";

/// Names of functions of one, two and three floating arguments: each has a double, a float and an …f form.
constexpr std::string_view kUnary[] = {
    "exp",    "exp2",    "exp10", "expm1",     "log",    "log2",   "log10", "log1p", "sqrt",    "rsqrt",
    "cbrt",   "sin",     "cos",   "tan",       "sinpi",  "cospi",  "asin",  "acos",  "atan",    "sinh",
    "cosh",   "tanh",    "asinh", "acosh",     "atanh",  "erf",    "erfc",  "fabs",  "floor",   "ceil",
    "trunc",  "round",   "rint",  "nearbyint", "lgamma", "tgamma", "logb",  "erfcx", "normcdf", "normcdfinv",
    "erfinv", "erfcinv", "rcbrt", "j0",        "j1",     "y0",     "y1"};
constexpr std::string_view kBinary[] = {"pow",   "fmod",     "fmax",      "fmin",      "fdim",  "atan2",
                                        "hypot", "copysign", "remainder", "nextafter", "rhypot"};
constexpr std::string_view kFastUnary[] = {"__expf", "__exp10f", "__logf",  "__log2f",     "__log10f",  "__sinf",
                                           "__cosf", "__tanf",   "__tanhf", "__frsqrt_rn", "__frcp_rn", "__fsqrt_rn"};
constexpr std::string_view kFastBinary[] = {"__powf", "__fadd_rn", "__fsub_rn", "__fmul_rn", "__fdiv_rn"};

void addVectorTypes(std::string& text)
{
    const std::pair<const char*, const char*> scalars[] = {{"char", "signed char"},
                                                           {"uchar", "unsigned char"},
                                                           {"short", "short"},
                                                           {"ushort", "unsigned short"},
                                                           {"int", "int"},
                                                           {"uint", "unsigned int"},
                                                           {"long", "long"},
                                                           {"ulong", "unsigned long"},
                                                           {"longlong", "long long"},
                                                           {"ulonglong", "unsigned long long"},
                                                           {"float", "float"},
                                                           {"double", "double"}};
    const char* fields[] = {"x", "x, y", "x, y, z", "x, y, z, w"};
    const char* arguments[] = {"T", "T, T", "T, T, T", "T, T, T, T"};
    for (const auto& [name, type] : scalars) {
        for (int width = 1; width <= 4; ++width) {
            const std::string vector = name + std::to_string(width);
            text += "struct " + vector + " { " + type + " " + fields[width - 1] + "; };\n";
            std::string list = arguments[width - 1];
            for (auto at = list.find('T'); at != std::string::npos; at = list.find('T'))
                list.replace(at, 1, type);
            text += "__device__ " + vector + " make_" + vector + "(" + list + ");\n";
        }
    }
}

void addMathematics(std::string& text)
{
    for (const auto name : kUnary) {
        const std::string n(name);
        text += "__device__ double " + n + "(double); __device__ float " + n + "(float); __device__ float " + n
            + "f(float);\n";
    }
    for (const auto name : kBinary) {
        const std::string n(name);
        text += "__device__ double " + n + "(double, double); __device__ float " + n
            + "(float, float); __device__ float " + n + "f(float, float);\n";
    }
    for (const auto name : kFastUnary)
        text += "__device__ float " + std::string(name) + "(float);\n";
    for (const auto name : kFastBinary)
        text += "__device__ float " + std::string(name) + "(float, float);\n";
    text +=
        "__device__ double fma(double, double, double); __device__ float fma(float, float, float);\n"
        "__device__ float fmaf(float, float, float); __device__ float __fmaf_rn(float, float, float);\n"
        "__device__ double norm3d(double, double, double); __device__ float norm3df(float, float, float);\n"
        "__device__ double pow(double, int); __device__ float pow(float, int); __device__ float ldexpf(float, int);\n"
        "__device__ double ldexp(double, int); __device__ float frexpf(float, int*); __device__ int lroundf(float);\n"
        "__device__ float modff(float, float*); __device__ void sincosf(float, float*, float*);\n"
        "__device__ void sincos(double, double*, double*); __device__ void __sincosf(float, float*, float*);\n"
        "__device__ long lrintf(float); __device__ float scalbnf(float, int);\n";
    for (const char* type :
         {"int", "unsigned", "long", "unsigned long", "long long", "unsigned long long", "float", "double"})
        for (const char* name : {"min", "max"})
            text += std::string("__device__ ") + type + " " + name + "(" + type + ", " + type + ");\n";
    text += "__device__ unsigned min(int, unsigned); __device__ unsigned max(int, unsigned);\n"
            "__device__ unsigned min(unsigned, int); __device__ unsigned max(unsigned, int);\n"
            "__device__ double min(float, double); __device__ double max(float, double);\n"
            "__device__ double min(double, float); __device__ double max(double, float);\n"
            "__device__ int abs(int); __device__ long abs(long); __device__ long long abs(long long);\n"
            "__device__ float abs(float); __device__ double abs(double); __device__ bool isnan(double);\n"
            "__device__ bool isinf(double); __device__ bool isfinite(double); __device__ bool signbit(double);\n";
}

std::string makePrelude()
{
    std::string text(kLanguage);
    addVectorTypes(text);
    text += kLibrary;
    addMathematics(text);
    return text;
}

constexpr std::string_view kLimits = R"(#pragma once
#define FLT_MAX 3.402823466e+38f
#define FLT_MIN 1.175494351e-38f
#define FLT_EPSILON 1.192092896e-07f
#define DBL_MAX 1.7976931348623158e+308
#define DBL_MIN 2.2250738585072014e-308
#define DBL_EPSILON 2.2204460492503131e-16
#define CHAR_BIT 8
#define INT_MAX 2147483647
#define INT_MIN (-INT_MAX - 1)
#define UINT_MAX 0xffffffffu
#define LLONG_MAX 9223372036854775807ll
#define LLONG_MIN (-LLONG_MAX - 1)
#define ULLONG_MAX 0xffffffffffffffffull
)";

constexpr std::string_view kIntegers = R"(#pragma once
typedef signed char int8_t; typedef short int16_t; typedef int int32_t; typedef long int64_t;
typedef unsigned char uint8_t; typedef unsigned short uint16_t; typedef unsigned int uint32_t;
typedef unsigned long uint64_t; typedef long intptr_t; typedef unsigned long uintptr_t;
namespace std { using ::int8_t; using ::int16_t; using ::int32_t; using ::int64_t; using ::uint8_t; using ::uint16_t;
using ::uint32_t; using ::uint64_t; using ::size_t; using ::ptrdiff_t; }
)";

constexpr std::string_view kMath = R"(#pragma once
#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
#define HUGE_VALF __builtin_inff()
#define M_PI 3.14159265358979323846
#define M_SQRT2 1.41421356237309504880
#define M_SQRT1_2 0.70710678118654752440
namespace std { using ::exp; using ::exp2; using ::log; using ::log2; using ::sqrt; using ::sin; using ::cos; using ::tanh;
using ::fabs; using ::abs; using ::floor; using ::ceil; using ::pow; using ::fmax; using ::fmin; using ::fma; using ::isnan;
using ::isinf; using ::isfinite; using ::erf; using ::round; using ::trunc; using ::min; using ::max; }
)";

constexpr std::string_view kMathConstants = R"(#pragma once
#define CUDART_INF_F __builtin_inff()
#define CUDART_NAN_F __builtin_nanf("")
#define CUDART_MAX_NORMAL_F 3.402823466e+38f
#define CUDART_PI_F 3.141592654f
#define CUDART_L2E_F 1.442695041f
#define CUDART_LN2_F 0.693147181f
#define CUDART_SQRT_TWO_F 1.414213562f
#define CUDART_INF __builtin_inf()
#define CUDART_NAN __builtin_nan("")
#define CUDART_PI 3.1415926535897931
)";

/// The same surface for __half and __nv_bfloat16, whose functions differ in a word only.
std::string narrowFloat(const std::string& type, const std::string& word)
{
    std::string text = "#pragma once\nstruct " + type + " { unsigned short bits; __device__ " + type
        + "() = default; __device__ " + type + "(float); __device__ " + type + "(double); __device__ " + type
        + "(int); __device__ operator float() const; __device__ " + type + "& operator+=(" + type + "); __device__ "
        + type + "& operator-=(" + type + "); __device__ " + type + "& operator*=(" + type + "); };\nstruct " + type
        + "2 { " + type + " x, y; };\n";
    for (const std::string& t : {type, type + "2"}) {
        const bool wide = t.back() == '2';
        for (const char* op : {"+", "-", "*", "/"})
            text += "__device__ " + t + " operator" + op + "(" + t + ", " + t + ");\n";
        const std::string suffix = wide ? "2" : "";
        for (const char* name : {"__hadd", "__hsub", "__hmul", "__hmax", "__hmin"})
            text += std::string("__device__ ") + t + " " + name + suffix + "(" + t + ", " + t + ");\n";
        text += "__device__ " + t + " __hfma" + suffix + "(" + t + ", " + t + ", " + t + ");\n";
        for (const char* name : {"exp", "log", "sqrt", "rsqrt", "rcp"})
            text += std::string("__device__ ") + t + " h" + (wide ? "2" : "") + name + "(" + t + ");\n";
    }
    for (const char* op : {"<", ">", "<=", ">=", "==", "!="})
        text += std::string("__device__ bool operator") + op + "(" + type + ", " + type + ");\n";
    text += "__device__ " + type + " __float2" + word + "(float); __device__ " + type + " __float2" + word
        + "_rn(float); __device__ float __" + word + "2float(" + type + "); __device__ " + type + "2 __float22" + word
        + "2_rn(float2); __device__ float2 __" + word + "22float2(" + type + "2); __device__ " + type + "2 __floats2"
        + word + "2_rn(float, float); __device__ " + type + "2 make_" + (word == "half" ? "half2" : "bfloat162") + "("
        + type + ", " + type + ");\n";
    return text;
}

}  // namespace

std::string_view cudaPrelude()
{
    static const std::string text = makePrelude();
    return text;
}

const std::vector<std::pair<std::string_view, std::string_view>>& cudaHeaders()
{
    static const std::string half = narrowFloat("__half", "half") + "typedef __half half; typedef __half2 half2;\n"
        + "__device__ __half2 __half2half2(__half); __device__ __half __low2half(__half2);\n"
          "__device__ __half __high2half(__half2); __device__ __half2 __halves2half2(__half, __half);\n";
    static const std::string bfloat = narrowFloat("__nv_bfloat16", "bfloat16")
        + "typedef __nv_bfloat162 nv_bfloat162; typedef __nv_bfloat16 nv_bfloat16;\n";
    static const std::vector<std::pair<std::string_view, std::string_view>> headers = {
        {"cuda_fp16.h", half},
        {"cuda_bf16.h", bfloat},
        {"cuda_runtime.h", "#pragma once\n"},
        {"cuda.h", "#pragma once\n"},
        {"cuda_runtime_api.h", "#pragma once\n"},
        {"device_launch_parameters.h", "#pragma once\n"},
        {"vector_types.h", "#pragma once\n"},
        {"device_functions.h", "#pragma once\n"},
        {"sm_60_atomic_functions.h", "#pragma once\n"},
        {"float.h", kLimits},
        {"cfloat", kLimits},
        {"limits.h", kLimits},
        {"climits", kLimits},
        {"stdint.h", kIntegers},
        {"cstdint", kIntegers},
        {"cuda/std/cstdint", kIntegers},
        {"math.h", kMath},
        {"cmath", kMath},
        {"math_constants.h", kMathConstants},
        {"stdio.h", "#pragma once\n"},
        {"cstdio", "#pragma once\n"},
        {"stddef.h", "#pragma once\n"},
        {"cstddef", "#pragma once\n"},
        {"assert.h", "#pragma once\n"},
        {"cassert", "#pragma once\n"},
        {"stdlib.h", "#pragma once\n"},
        {"cstdlib", "#pragma once\n"},
    };
    return headers;
}

}  // namespace warploom
