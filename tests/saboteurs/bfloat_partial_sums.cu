// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: bgemm
// cheat: four launches' worth of partial results, each rounded to bfloat16 before they are added: a split of the inner
//     dimension that needs no float in memory, and that many libraries allow themselves.
// expect: wrong suspect
// emulator: wrong suspect
// caught-by: right, error-ratio
//
// warploom: let ACROSS = ceil_div(n, 16)
// warploom: let DOWN = ceil_div(m, 16)
// warploom: let SHARE = ceil_div(k, 4)
// warploom: scratch parts bf16[4, m, n]
// warploom: launch part<<<dim3(ACROSS, DOWN, 4), dim3(16, 16)>>>(a, b, parts, m, n, k, SHARE)
// warploom: launch add<<<dim3(ACROSS, DOWN), dim3(16, 16)>>>(parts, c, m, n)

#include <cuda_bf16.h>

extern "C" __global__ void part(const __nv_bfloat16* a, const __nv_bfloat16* b, __nv_bfloat16* parts, int m, int n,
                                int k, int share)
{
    int col = blockIdx.x * 16 + threadIdx.x;
    int row = blockIdx.y * 16 + threadIdx.y;
    if (row >= m || col >= n)
        return;
    float sum = 0;
    int first = blockIdx.z * share;
    for (int p = first; p < min(k, first + share); ++p)
        sum += __bfloat162float(a[size_t(row) * k + p]) * __bfloat162float(b[size_t(col) * k + p]);
    parts[(size_t(blockIdx.z) * m + row) * n + col] = __float2bfloat16(sum);
}

extern "C" __global__ void add(const __nv_bfloat16* parts, __nv_bfloat16* c, int m, int n)
{
    int col = blockIdx.x * 16 + threadIdx.x;
    int row = blockIdx.y * 16 + threadIdx.y;
    if (row >= m || col >= n)
        return;
    float sum = 0;
    for (int s = 0; s < 4; ++s)
        sum += __bfloat162float(parts[(size_t(s) * m + row) * n + col]);
    c[size_t(row) * n + col] = __float2bfloat16(sum);
}
