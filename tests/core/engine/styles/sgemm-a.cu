// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// sgemm: rows along x.
// expects: pipeline-contraction
// warploom: launch k<<<dim3(ceil_div(m, 32), ceil_div(n, 32)), dim3(32, 32)>>>(a, b, c, m, n, k)
__global__ void k(const float* A, const float* B, float* C, int M, int N, int K)
{
    const unsigned x = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x < M && y < N) {
        float tmp = 0.0;
        for (int i = 0; i < K; ++i) {
            tmp += A[x * K + i] * B[i * N + y];
        }
        C[x * N + y] = tmp;
    }
}
