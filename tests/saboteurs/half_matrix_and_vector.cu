// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: gemv
// cheat: multiplies matrix and vector two at a time in half precision and adds in float: half the multiplications, and
//     a matrix that could be kept in half the bytes; a tolerance for sums of thousands of products seems to allow it.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: launch gemv<<<ceil_div(rows, 4), dim3(32, 4)>>>(a, x, y, rows, cols)

#include <cuda_fp16.h>

extern "C" __global__ void gemv(const float* a, const float* x, float* y, int rows, int cols)
{
    int row = blockIdx.x * 4 + threadIdx.y;
    if (row >= rows)
        return;
    const float* in = a + size_t(row) * cols;
    float sum = 0;
    for (int c = 2 * threadIdx.x; c < cols; c += 64) {
        bool both = c + 1 < cols;
        half2 left = __floats2half2_rn(in[c], both ? in[c + 1] : 0.0f);
        half2 right = __floats2half2_rn(x[c], both ? x[c + 1] : 0.0f);
        float2 products = __half22float2(__hmul2(left, right));
        sum += products.x + products.y;
    }
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_xor_sync(0xffffffffu, sum, offset);
    if (threadIdx.x == 0)
        y[row] = sum;
}
