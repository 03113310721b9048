// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What hgemm must compute, in float64: one thread an element.
//
// warploom: launch hgemm_reference<<<dim3(ceil_div(n, 32), ceil_div(m, 8)), dim3(32, 8)>>>(a, b, c, m, n, k)

#include <cuda_fp16.h>

extern "C" __global__ void hgemm_reference(const half* a, const half* b, double* c, int m, int n, int k)
{
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= m || col >= n)
        return;

    double sum = 0;
    for (int p = 0; p < k; ++p)
        sum += double(__half2float(a[size_t(row) * k + p])) * double(__half2float(b[size_t(p) * n + col]));
    c[size_t(row) * n + col] = sum;
}
