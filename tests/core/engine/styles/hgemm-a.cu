// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// hgemm: unroll pragma, fmaf, conversions by casts.
// expects: tile-contraction
#include <cuda_fp16.h>
// warploom: launch k<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, m, n, k)
__global__ void k(const __half* __restrict__ A, const __half* __restrict__ B, __half* __restrict__ C, int M, int N, int K)
{
    const int r = blockIdx.y * 16 + threadIdx.y;
    const int c = blockIdx.x * 16 + threadIdx.x;
    if (r < M && c < N) {
        float acc = 0.f;
        #pragma unroll 4
        for (int i = 0; i < K; i++) acc = fmaf(__half2float(A[(size_t)r * K + i]), (float)B[(size_t)i * N + c], acc);
        C[(size_t)r * N + c] = acc;
    }
}
