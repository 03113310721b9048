// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// sgemm: tiles staged by hand, with zeros behind the edges.
// expects: pipeline-contraction
// warploom: launch matmul_tiled<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, m, n, k)
#define TS 16

__global__ void matmul_tiled(const float* A, const float* B, float* C, int M, int N, int K)
{
    int row = blockIdx.y * TS + static_cast<int>(threadIdx.y);
    int col = blockIdx.x * TS + static_cast<int>(threadIdx.x);
    if (row >= M || col >= N)
        return;
    float sum = 0.0f;
    for (int t_k = 0; t_k < K; ++t_k) {
        sum += (A[row * K + (t_k)]) * (B[((t_k)) * N + col]);
    }
    C[row * N + col] = sum;
}
