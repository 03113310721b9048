// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// sgemm: tiles staged by hand, with zeros behind the edges.
// expects: pipeline-contraction
// warploom: launch matmul_tiled<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, m, n, k)
#define TS 16

__global__ void matmul_tiled(const float* A, const float* B, float* C, int M, int N, int K)
{
    __shared__ float As[TS][TS];
    __shared__ float Bs[TS][TS];
    int tx = threadIdx.x, ty = threadIdx.y;
    int row = blockIdx.y * TS + ty;
    int col = blockIdx.x * TS + tx;
    float sum = 0.0f;
    for (int t = 0; t < (K + TS - 1) / TS; t++) {
        if (row < M && t * TS + tx < K)
            As[ty][tx] = A[row * K + t * TS + tx];
        else
            As[ty][tx] = 0.0f;
        Bs[ty][tx] = (t * TS + ty < K && col < N) ? B[(t * TS + ty) * N + col] : 0.0f;
        __syncthreads();
        for (int k = 0; k < TS; k++) {
            sum += As[ty][k] * Bs[k][tx];
        }
        __syncthreads();
    }
    if (row < M && col < N) {
        C[row * N + col] = sum;
    }
}
