// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "headers/CudaPrelude.h"

#include "headers/CudaFunctions.h"

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
#define __inline__ inline
#define __noinline__ __attribute__((noinline))
#define __align__(n) __attribute__((aligned(n)))
#define __builtin_align__(n) __align__(n)
#define __grid_constant__
#define __maxnreg__(n)
#define __cluster_dims__(...)
#define __nv_pure__ __attribute__((pure))
#define __CUDACC__ 1
#define __CUDACC_RTC__ 1
#define __CUDACC_VER_MAJOR__ 13
#define __CUDACC_VER_MINOR__ 0
typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
typedef long clock_t;
)";

constexpr std::string_view kBuiltins = R"(
struct dim3 { unsigned int x, y, z;
  __device__ constexpr dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) {}
  __device__ constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
  __device__ constexpr operator uint3() const { return {x, y, z}; } };
extern __device__ const uint3 threadIdx, blockIdx;
extern __device__ const dim3 blockDim, gridDim;
extern __device__ const int warpSize;
extern "C" {
__device__ void __syncthreads(); __device__ int __syncthreads_count(int); __device__ int __syncthreads_and(int);
__device__ int __syncthreads_or(int); __device__ void __threadfence(); __device__ void __threadfence_block();
__device__ void __threadfence_system(); __device__ clock_t clock(); __device__ long long clock64();
__device__ void __nanosleep(unsigned); __device__ void __trap(); __device__ void __brkpt();
__device__ void __prof_trigger(int); __device__ int printf(const char*, ...);
__device__ size_t __cvta_generic_to_shared(const void*); __device__ size_t __cvta_generic_to_global(const void*);
__device__ unsigned __isGlobal(const void*); __device__ unsigned __isShared(const void*);
__device__ unsigned __isConstant(const void*); __device__ unsigned __isLocal(const void*);
__device__ void* memcpy(void*, const void*, size_t); __device__ void* memset(void*, int, size_t);
__device__ void assert(bool);
}
)";

constexpr std::string_view kWarps = R"(
__device__ unsigned __activemask(); __device__ unsigned __ballot_sync(unsigned, int);
__device__ int __any_sync(unsigned, int); __device__ int __all_sync(unsigned, int);
__device__ int __uni_sync(unsigned, int); __device__ void __syncwarp(unsigned = 0xffffffffu);
template <class T> __device__ T __shfl_sync(unsigned, T, int, int = 32);
template <class T> __device__ T __shfl_up_sync(unsigned, T, unsigned, int = 32);
template <class T> __device__ T __shfl_down_sync(unsigned, T, unsigned, int = 32);
template <class T> __device__ T __shfl_xor_sync(unsigned, T, int, int = 32);
template <class T> __device__ unsigned __match_any_sync(unsigned, T);
template <class T> __device__ unsigned __match_all_sync(unsigned, T, int*);
__device__ unsigned __reduce_add_sync(unsigned, unsigned); __device__ unsigned __reduce_max_sync(unsigned, unsigned);
__device__ unsigned __reduce_min_sync(unsigned, unsigned); __device__ unsigned __reduce_and_sync(unsigned, unsigned);
__device__ unsigned __reduce_or_sync(unsigned, unsigned); __device__ unsigned __reduce_xor_sync(unsigned, unsigned);
__device__ int __reduce_add_sync(unsigned, int); __device__ int __reduce_max_sync(unsigned, int);
__device__ int __reduce_min_sync(unsigned, int);
)";

constexpr std::string_view kMemory = R"(
template <class T> __device__ T __ldg(const T*); template <class T> __device__ T __ldcs(const T*);
template <class T> __device__ T __ldca(const T*); template <class T> __device__ T __ldcg(const T*);
template <class T> __device__ T __ldcv(const T*); template <class T> __device__ T __ldlu(const T*);
template <class T> struct WlSame { using type = T; };
template <class T> __device__ void __stcs(T*, typename WlSame<T>::type);
template <class T> __device__ void __stcg(T*, typename WlSame<T>::type);
template <class T> __device__ void __stwb(T*, typename WlSame<T>::type);
template <class T> __device__ void __stwt(T*, typename WlSame<T>::type);
#define WL_ATOMIC(name) template <class T> __device__ T name(T*, typename WlSame<T>::type); \
  template <class T> __device__ T name##_block(T*, typename WlSame<T>::type); \
  template <class T> __device__ T name##_system(T*, typename WlSame<T>::type);
WL_ATOMIC(atomicAdd) WL_ATOMIC(atomicSub) WL_ATOMIC(atomicMax) WL_ATOMIC(atomicMin) WL_ATOMIC(atomicExch)
WL_ATOMIC(atomicAnd) WL_ATOMIC(atomicOr) WL_ATOMIC(atomicXor) WL_ATOMIC(atomicInc) WL_ATOMIC(atomicDec)
template <class T> __device__ T atomicCAS(T*, typename WlSame<T>::type, typename WlSame<T>::type);
template <class T> __device__ T atomicCAS_block(T*, typename WlSame<T>::type, typename WlSame<T>::type);
template <class T> __device__ T atomicCAS_system(T*, typename WlSame<T>::type, typename WlSame<T>::type);
)";

/// Mathematics with a second result, by way of a pointer.
constexpr std::string_view kSecondResults = R"(
__device__ float frexp(float, int*); __device__ double frexp(double, int*); __device__ float frexpf(float, int*);
__device__ float modf(float, float*); __device__ double modf(double, double*); __device__ float modff(float, float*);
__device__ float remquof(float, float, int*); __device__ double remquo(double, double, int*);
__device__ void sincosf(float, float*, float*); __device__ void sincos(double, double*, double*);
__device__ void sincospif(float, float*, float*); __device__ void sincospi(double, double*, double*);
__device__ void __sincosf(float, float*, float*); __device__ double nan(const char*); __device__ float nanf(const char*);
__device__ float normf(int, const float*); __device__ double norm(int, const double*);
__device__ float rnormf(int, const float*); __device__ double rnorm(int, const double*);
)";

std::string vectorTypes()
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
    std::string text;
    for (const auto& [name, type] : scalars) {
        std::string list;
        for (int width = 1; width <= 4; ++width) {
            list += fmt::format("{}{}", width == 1 ? "" : ", ", type);
            text += fmt::format("struct {0}{1} {{ {2} {3}; }};\n__device__ {0}{1} make_{0}{1}({4});\n", name, width,
                                type, fields[width - 1], list);
        }
    }
    return text;
}

}  // namespace

std::string_view cudaPrelude()
{
    static const std::string text = std::string(kLanguage) + vectorTypes() + std::string(kBuiltins)
        + std::string(kWarps) + std::string(kMemory) + declarations(cudaFunctions()) + std::string(kSecondResults);
    return text;
}

}  // namespace warploom
