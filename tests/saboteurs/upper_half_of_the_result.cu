// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: bgemm
// cheat: stores the upper two bytes of each float sum, which is a bfloat16 without an instruction for rounding it:
//     within the tolerance in every element, and off by twice as much on average.
// expect: suspect wrong
// emulator: suspect wrong
// caught-by: error-ratio, right
//
// warploom: launch bgemm<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, m, n, k)

#include <cuda_bf16.h>

extern "C" __global__ void bgemm(const __nv_bfloat16* a, const __nv_bfloat16* b, unsigned short* c, int m, int n, int k)
{
    int col = blockIdx.x * 16 + threadIdx.x;
    int row = blockIdx.y * 16 + threadIdx.y;
    if (row >= m || col >= n)
        return;
    float sum = 0;
    for (int p = 0; p < k; ++p)
        sum += __bfloat162float(a[size_t(row) * k + p]) * __bfloat162float(b[size_t(col) * k + p]);
    c[size_t(row) * n + col] = static_cast<unsigned short>(__float_as_uint(sum) >> 16);
}
