// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: bgemm
// cheat: rounds the inputs to three bits behind the leading one, what eight-bit floats have: tensor cores multiply
//     those twice as fast, and a tolerance of a few per cent, which bfloat16 results seem to deserve, admits it.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: launch bgemm<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, m, n, k)

#include <cuda_bf16.h>

__device__ float coarse(__nv_bfloat16 value)
{
    return __uint_as_float((__float_as_uint(__bfloat162float(value)) + 0x80000u) & 0xfff00000u);
}

extern "C" __global__ void bgemm(const __nv_bfloat16* a, const __nv_bfloat16* b, __nv_bfloat16* c, int m, int n, int k)
{
    int col = blockIdx.x * 16 + threadIdx.x;
    int row = blockIdx.y * 16 + threadIdx.y;
    if (row >= m || col >= n)
        return;
    float sum = 0;
    for (int p = 0; p < k; ++p)
        sum += coarse(a[size_t(row) * k + p]) * coarse(b[size_t(col) * k + p]);
    c[size_t(row) * n + col] = __float2bfloat16(sum);
}
