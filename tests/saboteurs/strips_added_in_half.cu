// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: column_sum
// cheat: adds two columns at a time in half precision within strips of 64 rows, and the strips in float: half the
//     additions, and a tolerance for 32768 values seems to have room for it.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: zero y
// warploom: launch column_sum<<<dim3(ceil_div(cols, 64), ceil_div(rows, 64)), 32>>>(x, y, rows, cols)

#include <cuda_fp16.h>

extern "C" __global__ void column_sum(const float* x, float* y, int rows, int cols)
{
    int col = (blockIdx.x * 32 + threadIdx.x) * 2;
    if (col >= cols)
        return;
    bool both = col + 1 < cols;
    int first = blockIdx.y * 64;
    half2 sum = __floats2half2_rn(0, 0);
    for (int r = first; r < min(rows, first + 64); ++r) {
        const float* in = x + size_t(r) * cols + col;
        sum = __hadd2(sum, __floats2half2_rn(in[0], both ? in[1] : 0.0f));
    }
    float2 wide = __half22float2(sum);
    atomicAdd(&y[col], wide.x);
    if (both)
        atomicAdd(&y[col + 1], wide.y);
}
