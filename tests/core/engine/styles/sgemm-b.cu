// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// sgemm: one flat index, sums in memory.
// expects: pipeline-contraction
// warploom: launch k<<<ceil_div(m * n, 256), 256>>>(a, b, c, m, n, k)
__global__ void k(const float* A, const float* B, float* C, int M, int N, int K)
{
    int idx = blockIdx.x * blockDim.x + threadIdx.x;
    if (idx < M * N) {
        int i = idx / N, j = idx % N;
        C[idx] = 0.0f;
        for (int p = 0; p < K; p++) C[idx] += A[i * K + p] * B[p * N + j];
    }
}
