// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What gemm_bias_gelu must compute, in float64: one thread an element.
//
// warploom: let ACROSS = ceil_div(n, 32)
// warploom: let DOWN = ceil_div(m, 8)
// warploom: launch gemm_bias_gelu_reference<<<dim3(ACROSS, DOWN), dim3(32, 8)>>>(x, w, bias, y, m, n, k)

extern "C" __global__ void gemm_bias_gelu_reference(const float* x, const float* w, const float* bias, double* y, int m,
                                                    int n, int k)
{
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= m || col >= n)
        return;

    double z = bias[col];
    for (int p = 0; p < k; ++p)
        z += double(x[size_t(row) * k + p]) * double(w[size_t(p) * n + col]);
    y[size_t(row) * n + col] = 0.5 * z * (1.0 + erf(z / sqrt(2.0)));
}
