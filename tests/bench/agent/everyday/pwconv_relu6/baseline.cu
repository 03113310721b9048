// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Four output channels a thread, so that every activation is used four times.
//
// warploom: launch conv1x1<<<dim3(ceil_div(pixels, 128), ceil_div(k, 4), n), 128>>>(x, weight, bias, out, c, k, pixels)

#include <cuda_fp16.h>

#define OUT_PER_THREAD 4

static __device__ __forceinline__ float relu6(float v) { return fminf(fmaxf(v, 0.f), 6.f); }

extern "C" __global__ void conv1x1(const __half* __restrict__ input, const __half* __restrict__ weight,
                                   const float* __restrict__ bias, __half* __restrict__ output,
                                   int in_ch, int out_ch, int hw)
{
    const int px = blockIdx.x * blockDim.x + threadIdx.x;
    const int oc0 = blockIdx.y * OUT_PER_THREAD;
    const int img = blockIdx.z;
    if (px >= hw)
        return;

    float acc[OUT_PER_THREAD] = {0.f};
    const __half* in = input + (size_t)img * in_ch * hw + px;

    for (int ic = 0; ic < in_ch; ++ic) {
        const float a = __half2float(in[(size_t)ic * hw]);
        #pragma unroll
        for (int o = 0; o < OUT_PER_THREAD; ++o)
            if (oc0 + o < out_ch)
                acc[o] += a * __half2float(weight[(oc0 + o) * in_ch + ic]);
    }

    for (int o = 0; o < OUT_PER_THREAD; ++o) {
        const int oc = oc0 + o;
        if (oc < out_ch)
            output[((size_t)img * out_ch + oc) * hw + px] = __float2half(relu6(acc[o] + bias[oc]));
    }
}
