// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// hgemm: tiles staged by hand in half, padded, turned in shared memory.
// expects: tensor-contraction
// warploom: launch k<<<dim3(ceil_div(n, 32), ceil_div(m, 32)), dim3(32, 32)>>>(a, b, c, m, n, k)
#include <cuda_fp16.h>

constexpr int TILE = 32;

__global__ void k(const half* a, const half* b, half* c, int m, int n, int depth)
{
    __shared__ half left[TILE][TILE + 1], right[TILE][TILE + 1];
    const int i = blockIdx.y * TILE + threadIdx.y;
    const int j = blockIdx.x * TILE + threadIdx.x;
    float acc = 0;
    for (int t = 0; t < (depth + TILE - 1) / TILE; ++t) {
        const int across = t * TILE + threadIdx.x;
        const int down = t * TILE + threadIdx.y;
        left[threadIdx.x][threadIdx.y] = i < m && across < depth ? a[(size_t)i * depth + across] : half(0.f);
        right[threadIdx.y][threadIdx.x] = down < depth && j < n ? b[(size_t)down * n + j] : __float2half(0.f);
        __syncthreads();
        for (int p = 0; p < TILE; ++p)
            acc += __half2float(left[p][threadIdx.y]) * __half2float(right[p][threadIdx.x]);
        __syncthreads();
    }
    if (i < m && j < n)
        c[(size_t)i * n + j] = __float2half(acc);
}
