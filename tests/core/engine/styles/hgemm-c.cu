// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// hgemm: four rows a block, every element of b used four times.
// expects: tensor-contraction
// warploom: launch rows4<<<dim3(ceil_div(n, 128), ceil_div(m, 4)), 128>>>(a, b, c, m, n, k)
#include <cuda_fp16.h>

constexpr int kRows = 4;

__global__ void rows4(const __half* __restrict__ a, const __half* __restrict__ b, __half* __restrict__ c, int m, int n,
                      int k)
{
    const int col = blockIdx.x * blockDim.x + threadIdx.x;
    const int row0 = blockIdx.y * kRows;
    if (col >= n)
        return;
    float acc[kRows];
    for (int r = 0; r < kRows; ++r)
        acc[r] = 0.f;
    for (int p = 0; p < k; ++p) {
        const float v = __half2float(b[(size_t)p * n + col]);
        for (int r = 0; r < kRows; ++r)
            if (row0 + r < m)
                acc[r] += __half2float(a[(size_t)(row0 + r) * k + p]) * v;
    }
    for (int r = 0; r < kRows; ++r)
        if (row0 + r < m)
            c[(size_t)(row0 + r) * n + col] = __float2half(acc[r]);
}
