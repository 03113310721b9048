// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Row-wise layer normalisation: one thread works through one row, in three passes (mean, variance, result).
//
// The threads of a warp stand in 32 different rows, so each load of the warp touches 32 different places in memory.
//
// warploom: launch layernorm_rows<<<ceil_div(rows, 256), 256>>>(x, gamma, beta, y, rows, cols, eps)

extern "C" __global__ void layernorm_rows(const float* x, const float* gamma, const float* beta, float* y, int rows,
                                          int cols, float eps)
{
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows)
        return;
    const float* in = x + size_t(row) * cols;
    float* out = y + size_t(row) * cols;

    float sum = 0;
    for (int c = 0; c < cols; ++c)
        sum += in[c];
    float mean = __fdividef(sum, cols);

    float squares = 0;
    for (int c = 0; c < cols; ++c) {
        float distance = in[c] - mean;
        squares += distance * distance;
    }
    float scale = rsqrtf(__fdividef(squares, cols) + eps);

    for (int c = 0; c < cols; ++c)
        out[c] = (in[c] - mean) * scale * gamma[c] + beta[c];
}
