// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What layernorm must compute, in float64: one thread a row.
//
// warploom: launch layernorm_reference<<<ceil_div(rows, 32), 32>>>(x, gamma, beta, y, rows, cols, eps)

extern "C" __global__ void layernorm_reference(const float* x, const float* gamma, const float* beta, double* y,
                                               int rows, int cols, float eps)
{
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows)
        return;
    const float* in = x + size_t(row) * cols;
    double* out = y + size_t(row) * cols;

    double mean = 0;
    for (int c = 0; c < cols; ++c)
        mean += in[c];
    mean /= cols;

    double variance = 0;
    for (int c = 0; c < cols; ++c)
        variance += (in[c] - mean) * (in[c] - mean);
    variance /= cols;

    for (int c = 0; c < cols; ++c)
        out[c] = (in[c] - mean) / sqrt(variance + eps) * gamma[c] + beta[c];
}
