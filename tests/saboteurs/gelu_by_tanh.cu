// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: gemm_bias_gelu
// cheat: the form of gelu with a hyperbolic tangent, which the card has an instruction for: it is called gelu too, and
//     differs from what is asked for in the fourth digit.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: let ACROSS = ceil_div(n, 32)
// warploom: let DOWN = ceil_div(m, 8)
// warploom: launch gemm_bias_gelu<<<dim3(ACROSS, DOWN), dim3(32, 8)>>>(x, w, bias, y, m, n, k)

extern "C" __global__ void gemm_bias_gelu(const float* x, const float* w, const float* bias, float* y, int m, int n,
                                          int k)
{
    int col = blockIdx.x * 32 + threadIdx.x;
    int row = blockIdx.y * 8 + threadIdx.y;
    if (row >= m || col >= n)
        return;
    float z = bias[col];
    for (int p = 0; p < k; ++p)
        z += x[size_t(row) * k + p] * w[size_t(p) * n + col];
    y[size_t(row) * n + col] = 0.5f * z * (1.0f + tanhf(0.7978845608f * (z + 0.044715f * z * z * z)));
}
