// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// sgemm: four by two results a thread, in registers.
// expects: pipeline-contraction
// warploom: launch gemm_regs<<<dim3(ceil_div(n, 16 * 2), ceil_div(m, 16 * 4)), dim3(16, 16)>>>(a, b, c, m, n, k)
#define TM 4
#define TN 2
__global__ void gemm_regs(const float* __restrict__ A, const float* __restrict__ B, float* __restrict__ C, int M, int N,
                          int K)
{
    const int row0 = (blockIdx.y * blockDim.y + threadIdx.y) * TM;
    const int col0 = (blockIdx.x * blockDim.x + threadIdx.x) * TN;
    float acc[TM][TN] = {{0.f}};
    for (int p = 0; p < K; ++p) {
        float fa[TM], fb[TN];
#pragma unroll
        for (int i = 0; i < TM; ++i)
            fa[i] = row0 + i < M ? A[(row0 + i) * K + p] : 0.f;
#pragma unroll
        for (int j = 0; j < TN; ++j)
            fb[j] = col0 + j < N ? B[p * N + col0 + j] : 0.f;
#pragma unroll
        for (int i = 0; i < TM; ++i)
#pragma unroll
            for (int j = 0; j < TN; ++j)
                acc[i][j] += fa[i] * fb[j];
    }
    for (int i = 0; i < TM; ++i)
        for (int j = 0; j < TN; ++j)
            if (row0 + i < M && col0 + j < N)
                C[(row0 + i) * N + col0 + j] = acc[i][j];
}
