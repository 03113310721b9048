// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// hgemm: tiles staged by hand in half, padded, turned in shared memory.
// expects: tensor-contraction
// warploom: launch k<<<dim3(ceil_div(n, 32), ceil_div(m, 32)), dim3(32, 32)>>>(a, b, c, m, n, k)
#include <cuda_fp16.h>

constexpr int TILE = 32;

__global__ void k(const half* a, const half* b, half* c, int m, int n, int depth)
{
    const int i = blockIdx.y * TILE + threadIdx.y;
    const int j = blockIdx.x * TILE + threadIdx.x;
    if (i >= m || j >= n)
        return;
    float acc = 0;
    for (int t_p = 0; t_p < depth; ++t_p)
        acc += __half2float((a[(size_t)i * depth + (t_p)])) * __half2float((b[(size_t)(t_p) * n + j]));
    c[(size_t)i * n + j] = __float2half(acc);
}
