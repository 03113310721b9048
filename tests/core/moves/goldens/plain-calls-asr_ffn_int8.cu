// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Feed-forward up projection of the encoder, W8A8: int8 activations (one scale per frame) times int8 weights (one scale
// per output channel), int32 accumulation, dequantization, bias, SwooshL. The encoder runs time-major, the next module
// wants batch-major half. Frames behind the end of an utterance come out as zero.
//
// warploom: let GX = ceil_div(d_ff, 16)
// warploom: let GY = ceil_div(steps, 16)
// warploom: launch ffn_up_w8a8<<<dim3(GX, GY, streams), dim3(16, 16)>>>(x, x_scale, w, w_scale, bias, n_frames, y, steps, streams, d_model, d_ff)

#include <cuda_fp16.h>
#include <stdint.h>

// log(1 + exp(v - 4)) - 0.08 v - 0.035, without overflow
__device__ __forceinline__ float swoosh_l(float v)
{
    float z = v - 4.0f;
    float softplus = fmaxf(z, 0.0f) + log1pf(expf(-fabsf(z)));
    return softplus - 0.08f * v - 0.035f;
}

extern "C" __global__ void ffn_up_w8a8(const int8_t* __restrict__ x, const float* __restrict__ x_scale,
                                       const int8_t* __restrict__ w, const float* __restrict__ w_scale,
                                       const float* __restrict__ bias, const int32_t* __restrict__ n_frames,
                                       __half* __restrict__ y, int T, int B, int D, int F)
{
    const int f = blockIdx.x * blockDim.x + threadIdx.x;
    const int t = blockIdx.y * blockDim.y + threadIdx.y;
    if (t >= T || f >= F)
        return;

    int32_t acc = 0;
    for (int i = 0; i < D; ++i)
        acc += (int32_t)x[((size_t)t * B + int(blockIdx.z)) * D + i] * (int32_t)w[(size_t)f * D + i];
    __half* dst = y + ((size_t)int(blockIdx.z) * T + t) * F + f;
    if (t >= n_frames[int(blockIdx.z)]) {
        *dst = __float2half(0.0f);
    } else {
        const float v = (float)acc * (x_scale[(size_t)t * B + int(blockIdx.z)] * w_scale[f]) + bias[f];
        *dst = __float2half(swoosh_l(v));
    }
}
