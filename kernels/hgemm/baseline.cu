// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Matrix product c = a · b in half precision, all row-major: one thread computes one element of c, in blocks of
// 16 × 16, and adds in float.
//
// Each element of a is loaded n times and each of b m times, two bytes at a time; two loads and two conversions stand
// against one multiply-add, and the tensor cores have nothing to do.
//
// warploom: launch hgemm<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, m, n, k)

#include <cuda_fp16.h>

extern "C" __global__ void hgemm(const half* a, const half* b, half* c, int m, int n, int k)
{
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= m || col >= n)
        return;

    float sum = 0;
    for (int p = 0; p < k; ++p)
        sum += __half2float(a[size_t(row) * k + p]) * __half2float(b[size_t(p) * n + col]);
    c[size_t(row) * n + col] = __float2half(sum);
}
