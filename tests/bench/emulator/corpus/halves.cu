// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Arithmetic in f16 and bf16, packed and single.
#include <cuda_bf16.h>
#include <cuda_fp16.h>

__device__ half2 pairOf(unsigned bits) { return *reinterpret_cast<const half2*>(&bits); }
__device__ __nv_bfloat162 broadPairOf(unsigned bits) { return *reinterpret_cast<const __nv_bfloat162*>(&bits); }
template <typename T> __device__ unsigned bitsOf(T pair) { return *reinterpret_cast<const unsigned*>(&pair); }

// corpus: in=bits out=4 as=f16
extern "C" __global__ void half_pairs(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const half2 a = pairOf(in[i]);
    const half2 b = pairOf(in[i + n]);
    out[i] = bitsOf(__hadd2(a, b));
    out[i + n] = bitsOf(__hmul2(a, b));
    out[i + 2 * n] = bitsOf(__hfma2(a, b, pairOf(in[i + 2 * n])));
    out[i + 3 * n] = bitsOf(__hsub2(b, a));
}

// corpus: in=bits out=4 as=f16
extern "C" __global__ void half_choices(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const half2 a = pairOf(in[i]);
    const half2 b = pairOf(in[i + n]);
    out[i] = bitsOf(__hmin2(a, b));
    out[i + n] = bitsOf(__hmax2(a, b));
    out[i + 2 * n] = bitsOf(__hfma2_relu(a, b, a));
    out[i + 3 * n] = bitsOf(__hge2(a, b));
}

// corpus: in=bits out=4 as=bf16
extern "C" __global__ void bfloat_pairs(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const __nv_bfloat162 a = broadPairOf(in[i]);
    const __nv_bfloat162 b = broadPairOf(in[i + n]);
    out[i] = bitsOf(__hadd2(a, b));
    out[i + n] = bitsOf(__hmul2(a, b));
    out[i + 2 * n] = bitsOf(__hfma2(a, b, broadPairOf(in[i + 2 * n])));
    out[i + 3 * n] = bitsOf(__hmax2(a, b));
}

// corpus: in=unit out=1 as=f32
extern "C" __global__ void half_dot(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    half2 sum = __float2half2_rn(0.0f);
    float exact = 0;
    for (int k = 0; k < 16; ++k) {
        const half2 pair = __floats2half2_rn(__uint_as_float(in[(i + k * 37) % n]), __uint_as_float(in[i]));
        sum = __hfma2(pair, pair, sum);
        exact += __low2float(pair) * __high2float(pair);
    }
    out[i] = __float_as_uint(exact + __low2float(sum) + __high2float(sum));
}
