// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each result, in float64.
//
// warploom: let NUMEL = tokens * hidden
// warploom: launch geglu_reference<<<ceil_div(NUMEL, 128), 128>>>(x, mask, y, NUMEL, hidden, p)

#include <cuda_bf16.h>

extern "C" __global__ void geglu_reference(const __nv_bfloat16* x, const unsigned char* mask, double* y,
                                           long long numel, long long hidden, float p)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= numel)
        return;
    long long t = i / hidden;
    long long j = i % hidden;
    double g = __bfloat162float(x[t * 2 * hidden + j]);
    double u = __bfloat162float(x[t * 2 * hidden + hidden + j]);
    double gelu = 0.5 * g * (1 + tanh(0.7978845608028654 * (g + 0.044715 * g * g * g)));
    y[i] = mask[i] ? gelu * u / (1 - double(p)) : 0;
}
