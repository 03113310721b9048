// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What bgemm must compute, in float64: one thread an element.
//
// warploom: launch bgemm_reference<<<dim3(ceil_div(n, 32), ceil_div(m, 8)), dim3(32, 8)>>>(a, b, c, m, n, k)

#include <cuda_bf16.h>

extern "C" __global__ void bgemm_reference(const __nv_bfloat16* a, const __nv_bfloat16* b, double* c, int m, int n,
                                           int k)
{
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= m || col >= n)
        return;

    double sum = 0;
    for (int p = 0; p < k; ++p)
        sum += double(__bfloat162float(a[size_t(row) * k + p])) * double(__bfloat162float(b[size_t(col) * k + p]));
    c[size_t(row) * n + col] = sum;
}
