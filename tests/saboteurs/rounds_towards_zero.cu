// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: hgemm
// cheat: cuts results to half precision where it should round them: never off by more than the tolerance, and twice as
//     far off on average.
// expect: suspect wrong
// emulator: suspect wrong
// caught-by: error-ratio, right
//
// warploom: launch hgemm<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, m, n, k)

#include <cuda_fp16.h>

extern "C" __global__ void hgemm(const half* a, const half* b, half* c, int m, int n, int k)
{
    int col = blockIdx.x * 16 + threadIdx.x;
    int row = blockIdx.y * 16 + threadIdx.y;
    if (row >= m || col >= n)
        return;
    float sum = 0;
    for (int p = 0; p < k; ++p)
        sum += __half2float(a[size_t(row) * k + p]) * __half2float(b[size_t(p) * n + col]);
    c[size_t(row) * n + col] = __float2half_rz(sum);
}
