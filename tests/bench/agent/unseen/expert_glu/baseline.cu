// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// First half of the expert MLP: gate/up projection (w13, rows interleaved as in the checkpoint: gate 0, up 0, gate 1,
// up 1, ...), bias and the clamped SwiGLU. Tokens have been dispatched to expert slots before. blockIdx.z is the expert.
//
// warploom: let GX = ceil_div(ffn, 16)
// warploom: let GY = ceil_div(slots, 16)
// warploom: launch moe_mlp1_kernel<<<dim3(GX, GY, experts), dim3(16, 16)>>>(x, w13, b13, h, slots, hidden, ffn, alpha, limit)

#include <cuda_bf16.h>

typedef __nv_bfloat16 bf16;

__device__ __forceinline__ float swiglu_oai(float gate, float up, float alpha, float limit)
{
    gate = gate > limit ? limit : gate;
    up = up > limit ? limit : (up < -limit ? -limit : up);
    float glu = gate / (1.0f + expf(-alpha * gate));
    return glu * (up + 1.0f);
}

extern "C" __global__ void moe_mlp1_kernel(const bf16* __restrict__ x, const bf16* __restrict__ w13,
                                           const bf16* __restrict__ b13, bf16* __restrict__ h, int num_slots,
                                           int hidden_dim, int ffn_dim, float alpha, float limit)
{
    const int f = blockIdx.x * blockDim.x + threadIdx.x;
    const int slot = blockIdx.y * blockDim.y + threadIdx.y;
    const int expert = blockIdx.z;
    if (f >= ffn_dim || slot >= num_slots)
        return;

    const size_t row = (size_t)expert * 2 * ffn_dim + 2 * f;
    const bf16* tok = x + ((size_t)expert * num_slots + slot) * hidden_dim;
    const bf16* w_gate = w13 + row * hidden_dim;
    const bf16* w_up = w_gate + hidden_dim;

    float gate = 0.0f;
    float up = 0.0f;
    for (int k = 0; k < hidden_dim; ++k) {
        const float v = __bfloat162float(*tok++);
        gate += v * __bfloat162float(*w_gate++);
        up += v * __bfloat162float(*w_up++);
    }
    gate += __bfloat162float(b13[row]);
    up += __bfloat162float(b13[row + 1]);

    h[((size_t)expert * num_slots + slot) * ffn_dim + f] = __float2bfloat16(swiglu_oai(gate, up, alpha, limit));
}
