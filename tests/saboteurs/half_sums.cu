// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: adds up in pairs of halves, two elements an instruction, and widens only at the end.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: zero y
// warploom: launch reduce_sum<<<min(264, ceil_div(n, 8192)), 256>>>(x, y, n)

#include <cuda_fp16.h>

extern "C" __global__ void reduce_sum(const float* x, double* y, int n)
{
    half2 sum = __floats2half2_rn(0, 0);
    int stride = gridDim.x * 256;
    for (int i = blockIdx.x * 256 + threadIdx.x; i < n; i += 2 * stride)
        sum = __hadd2(sum, __floats2half2_rn(x[i], i + stride < n ? x[i + stride] : 0.0f));
    float2 wide = __half22float2(sum);
    float total = wide.x + wide.y;
    for (int offset = 16; offset > 0; offset /= 2)
        total += __shfl_down_sync(0xffffffffu, total, offset);
    if (threadIdx.x % 32 == 0)
        atomicAdd(y, double(total));
}
