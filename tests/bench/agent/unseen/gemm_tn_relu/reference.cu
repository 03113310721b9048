// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What gemm_tn_relu must compute, in float64: one thread an element.
//
// warploom: let ACROSS = ceil_div(n, 32)
// warploom: let DOWN = ceil_div(m, 8)
// warploom: launch gemm_tn_relu_reference<<<dim3(ACROSS, DOWN), dim3(32, 8)>>>(a, b, c, m, n, k, alpha)

#include <cuda_fp16.h>

extern "C" __global__ void gemm_tn_relu_reference(const half* a, const half* b, double* c, int m, int n, int k,
                                                  float alpha)
{
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= m || col >= n)
        return;

    double sum = 0;
    for (int p = 0; p < k; ++p)
        sum += double(__half2float(a[size_t(p) * m + row])) * double(__half2float(b[size_t(p) * n + col]));
    double z = double(alpha) * sum + c[size_t(row) * n + col];
    c[size_t(row) * n + col] = z > 0 ? z : 0;
}
