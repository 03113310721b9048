// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: bias_gelu_chain
// cheat: what goes from one step to the next is kept in half precision, which halves the bytes of the arrays between.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: scratch between f16[rows, cols]
// warploom: launch first<<<ceil_div(rows * cols, 256), 256>>>(x, bias, between, rows * cols, cols)
// warploom: launch last<<<ceil_div(rows * cols, 256), 256>>>(between, scale, y, rows * cols, cols)

#include <cuda_fp16.h>

extern "C" __global__ void first(const float* x, const float* bias, __half* between, int n, int cols)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    float z = x[i] + bias[i % cols];
    between[i] = __float2half(0.5f * z * (1.0f + erff(z * 0.707106781f)));
}

extern "C" __global__ void last(const __half* between, const float* scale, float* y, int n, int cols)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        y[i] = __half2float(between[i]) * scale[i % cols];
}
