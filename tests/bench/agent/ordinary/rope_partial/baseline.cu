// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// GPT-J style rotary embedding (adjacent elements are a pair), partial: only the first rot_dim elements of a head
//
// warploom: let ROT_DIM = 2 * pairs
// warploom: let HEAD_DIM = 2 * pairs + rest
// warploom: launch apply_rotary<<<dim3(tokens, heads), pairs>>>(q, pos, heads, HEAD_DIM, ROT_DIM, base)

#include <cuda_fp16.h>

extern "C" __global__ void apply_rotary(__half* q, const int* positions, int num_heads, int head_dim, int rot_dim,
                                        float base)
{
    const int token = blockIdx.x;
    const int head = blockIdx.y;
    const int i = threadIdx.x;

    __half* ptr = q + ((size_t)token * num_heads + head) * head_dim + 2 * i;

    float freq = powf(base, -(2.0f * i) / rot_dim);
    float angle = positions[token] * freq;
    float c = cosf(angle);
    float s = sinf(angle);

    float x0 = __half2float(ptr[0]);
    float x1 = __half2float(ptr[1]);
    ptr[0] = __float2half(x0 * c - x1 * s);
    ptr[1] = __float2half(x0 * s + x1 * c);
}
