// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: gemm_bias_gelu
// cheat: beyond three standard deviations gelu is taken for what it tends to, zero and its argument, so that whole
//     warps skip the error function; sums of weights that small rarely come there.
// expect: wrong
// emulator: wrong
// caught-by: distributions, right
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
    float result = fmaxf(z, 0.0f);
    if (fabsf(z) < 3)
        result = 0.5f * z * (1.0f + erff(z * 0.707106781f));
    y[size_t(row) * n + col] = result;
}
