// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Written as the framework runs it: activation, product, dropout, each a kernel of its own.
//
// warploom: let NUMEL = tokens * hidden
// warploom: let BLOCKS = ceil_div(NUMEL, 512)
// warploom: scratch act f32[NUMEL]
// warploom: scratch gated f32[NUMEL]
// warploom: launch gelu_fwd<<<BLOCKS, 512>>>(x, act, NUMEL, hidden)
// warploom: launch mul_fwd<<<BLOCKS, 512>>>(act, x, gated, NUMEL, hidden)
// warploom: launch dropout_fwd<<<BLOCKS, 512>>>(gated, mask, y, NUMEL, p)

#include <cuda_bf16.h>

#define KERNEL_LOOP(i, n) \
    for (long i = (long)blockIdx.x * blockDim.x + threadIdx.x; i < (n); i += (long)blockDim.x * gridDim.x)

__device__ float gelu(float x)
{
    return 0.5 * x * (1.0 + tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
}

__global__ void gelu_fwd(const __nv_bfloat16* x, float* act, long numel, int hidden)
{
    KERNEL_LOOP(i, numel)
    {
        long t = i / hidden;
        long j = i % hidden;
        act[i] = gelu(__bfloat162float(x[t * 2 * hidden + j]));
    }
}

__global__ void mul_fwd(const float* act, const __nv_bfloat16* x, float* out, long numel, int hidden)
{
    KERNEL_LOOP(i, numel)
    {
        long t = i / hidden;
        long j = i % hidden;
        out[i] = act[i] * __bfloat162float(x[t * 2 * hidden + hidden + j]);
    }
}

__global__ void dropout_fwd(const float* in, const unsigned char* mask, __nv_bfloat16* out, long numel, float p)
{
    KERNEL_LOOP(i, numel)
    {
        float scale = 1.0f / (1.0f - p);
        out[i] = __float2bfloat16(mask[i] ? in[i] * scale : 0.0f);
    }
}
