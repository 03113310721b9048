// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// gemm_bias_gelu: starts from the bias, a function for the end.
// expects: pipeline-contraction
// warploom: launch k<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(x, w, bias, y, m, n, k)
__device__ inline float gelu(float v) { return 0.5f * v * (1.f + erff(v * 0.70710678118f)); }
__global__ void k(const float* x, const float* w, const float* b, float* y, int M, int N, int K)
{
    int j = blockIdx.x * blockDim.x + threadIdx.x, i = blockIdx.y * blockDim.y + threadIdx.y;
    if (i < M && j < N) {
        float acc = b[j];
        for (int p = 0; p < K; ++p) acc += x[i * K + p] * w[p * N + j];
        y[i * N + j] = gelu(acc);
    }
}
