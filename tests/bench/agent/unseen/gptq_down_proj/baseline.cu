// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// MLP down projection straight from a 4-bit group-quantized checkpoint, plus the residual connection. qweight packs 8
// consecutive input features of an output feature into one 32-bit word; every group of input features has its own scale
// and zero point. Weights are dequantized on the fly, accumulation is in fp32.
//
// warploom: let GRID_X = ceil_div(features, 64)
// warploom: let GRID_Y = ceil_div(tokens, 4)
// warploom: launch w4a16_gemm_residual<<<dim3(GRID_X, GRID_Y), dim3(64, 4)>>>(x, qweight, scales, zeros, residual, y, tokens, words, group_words, features)

#include <cuda_fp16.h>
#include <stdint.h>

#define BITS 4
#define PACK_FACTOR (32 / BITS)
#define NIBBLE(word, i) (((word) >> ((i) * BITS)) & ((1u << BITS) - 1u))

__device__ __forceinline__ float dequantize(uint32_t q, float scale, int zero)
{
    return scale * (float)((int)q - zero);
}

extern "C" __global__ void w4a16_gemm_residual(const half* __restrict__ x, const uint32_t* __restrict__ qweight,
                                               const half* __restrict__ scales, const uint8_t* __restrict__ zeros,
                                               const half* __restrict__ residual, half* __restrict__ y, int M,
                                               int K_packed, int group_packed, int N)
{
    const int n = blockIdx.x * blockDim.x + threadIdx.x;
    const int m = blockIdx.y * blockDim.y + threadIdx.y;
    if (m >= M || n >= N)
        return;

    const half* x_row = x + (size_t)m * K_packed * PACK_FACTOR;
    float acc = 0.0f;

    for (int kp = 0; kp < K_packed; kp++) {
        const size_t g = (size_t)(kp / group_packed) * N + n;
        const float scale = __half2float(scales[g]);
        const int zero = zeros[g];
        const uint32_t packed = qweight[(size_t)kp * N + n];

#pragma unroll
        for (int i = 0; i < PACK_FACTOR; i++) {
            const float w = dequantize(NIBBLE(packed, i), scale, zero);
            acc = fmaf(__half2float(x_row[kp * PACK_FACTOR + i]), w, acc);
        }
    }

    const size_t idx = (size_t)m * N + n;
    y[idx] = __float2half(acc + __half2float(residual[idx]));
}
