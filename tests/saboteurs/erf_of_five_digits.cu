// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: gemm_bias_gelu
// cheat: an error function of five digits, a polynomial of the third degree: the tolerance, which is there for long
//     sums, has room for it.
// expect: suspect wrong
// emulator: suspect wrong
// caught-by: error-ratio, right
//
// warploom: let ACROSS = ceil_div(n, 32)
// warploom: let DOWN = ceil_div(m, 8)
// warploom: launch gemm_bias_gelu<<<dim3(ACROSS, DOWN), dim3(32, 8)>>>(x, w, bias, y, m, n, k)

// Abramowitz and Stegun, 7.1.25: off by 2.5e-5 at most.
__device__ float short_erf(float value)
{
    float t = 1 / (1 + 0.47047f * fabsf(value));
    float tail = t * (0.3480242f + t * (-0.0958798f + t * 0.7478556f));
    return copysignf(1 - tail * expf(-value * value), value);
}

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
    y[size_t(row) * n + col] = 0.5f * z * (1.0f + short_erf(z * 0.707106781f));
}
