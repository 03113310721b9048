// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// c = relu(alpha * aᵀ · b + c), a stored k × m and all row-major: one thread computes one element of c, in blocks of
// 16 × 16, and adds in float.
//
// Each element of a is loaded n times and each of b m times, two bytes at a time; two loads and two conversions stand
// against one multiply-add, and the tensor cores have nothing to do.
//
// warploom: let ACROSS = ceil_div(n, 16)
// warploom: let DOWN = ceil_div(m, 16)
// warploom: launch gemm_tn_relu<<<dim3(ACROSS, DOWN), dim3(16, 16)>>>(a, b, c, m, n, k, alpha)

#include <cuda_fp16.h>

extern "C" __global__ void gemm_tn_relu(const half* a, const half* b, float* c, int m, int n, int k, float alpha)
{
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= m || col >= n)
        return;

    float sum = 0;
    for (int p = 0; p < k; ++p)
        sum += __half2float(a[size_t(p) * m + row]) * __half2float(b[size_t(p) * n + col]);
    size_t at = size_t(row) * n + col;
    c[at] = fmaxf(alpha * sum + c[at], 0.0f);
}
