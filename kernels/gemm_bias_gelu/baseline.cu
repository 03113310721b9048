// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// A linear layer with its activation, gelu(x · w + bias), all row-major: one thread computes one element of y, in
// blocks of 16 × 16.
//
// Each element of x is loaded n times and each of w m times; two loads stand against one multiply-add. Bias and
// activation cost next to nothing, since the sum is still in a register.
//
// warploom: let ACROSS = ceil_div(n, 16)
// warploom: let DOWN = ceil_div(m, 16)
// warploom: launch gemm_bias_gelu<<<dim3(ACROSS, DOWN), dim3(16, 16)>>>(x, w, bias, y, m, n, k)

extern "C" __global__ void gemm_bias_gelu(const float* x, const float* w, const float* bias, float* y, int m, int n,
                                          int k)
{
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= m || col >= n)
        return;

    float sum = 0;
    for (int p = 0; p < k; ++p)
        sum += x[size_t(row) * k + p] * w[size_t(p) * n + col];
    float z = sum + bias[col];
    y[size_t(row) * n + col] = 0.5f * z * (1.0f + erff(z * 0.707106781f));
}
