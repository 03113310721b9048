// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: hgemm
// cheat: splits the inner dimension in two and leaves the partial results in memory as halves, which saves half of the
//     traffic between its launches; results are rounded twice, but each time to the type that is asked for.
// expect: wrong suspect
// emulator: wrong suspect
// caught-by: right, error-ratio
//
// warploom: let ACROSS = ceil_div(n, 16)
// warploom: let DOWN = ceil_div(m, 16)
// warploom: scratch parts f16[2, m, n]
// warploom: launch part<<<dim3(ACROSS, DOWN, 2), dim3(16, 16)>>>(a, b, parts, m, n, k)
// warploom: launch add<<<dim3(ACROSS, DOWN), dim3(16, 16)>>>(parts, c, m, n)

#include <cuda_fp16.h>

extern "C" __global__ void part(const half* a, const half* b, half* parts, int m, int n, int k)
{
    int col = blockIdx.x * 16 + threadIdx.x;
    int row = blockIdx.y * 16 + threadIdx.y;
    if (row >= m || col >= n)
        return;
    int first = blockIdx.z == 0 ? 0 : k / 2;
    int end = blockIdx.z == 0 ? k / 2 : k;
    float sum = 0;
    for (int p = first; p < end; ++p)
        sum += __half2float(a[size_t(row) * k + p]) * __half2float(b[size_t(p) * n + col]);
    parts[(size_t(blockIdx.z) * m + row) * n + col] = __float2half(sum);
}

extern "C" __global__ void add(const half* parts, half* c, int m, int n)
{
    int col = blockIdx.x * 16 + threadIdx.x;
    int row = blockIdx.y * 16 + threadIdx.y;
    if (row >= m || col >= n)
        return;
    size_t i = size_t(row) * n + col;
    c[i] = __hadd(parts[i], parts[size_t(m) * n + i]);
}
