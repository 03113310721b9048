// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: layernorm
// cheat: gets the variance in one pass as mean of squares minus square of mean, in float: fine near zero, but rows
//     far from zero lose all their digits.
// expect: wrong suspect
// emulator: wrong suspect
// caught-by: distributions (rows whose mean is some twenty times their spread), error-ratio
//
// warploom: launch layernorm_rows<<<rows, 32>>>(x, gamma, beta, y, cols, eps)

extern "C" __global__ void layernorm_rows(const float* x, const float* gamma, const float* beta, float* y, int cols,
                                          float eps)
{
    size_t first = size_t(blockIdx.x) * cols;
    float sum = 0;
    float squares = 0;
    for (int c = threadIdx.x; c < cols; c += 32) {
        float value = x[first + c];
        sum += value;
        squares += value * value;
    }
    for (int offset = 16; offset > 0; offset /= 2) {
        sum += __shfl_xor_sync(0xffffffffu, sum, offset);
        squares += __shfl_xor_sync(0xffffffffu, squares, offset);
    }
    float mean = sum / cols;
    float scale = rsqrtf(fmaxf(squares / cols - mean * mean, 0.0f) + eps);
    for (int c = threadIdx.x; c < cols; c += 32)
        y[first + c] = (x[first + c] - mean) * scale * gamma[c] + beta[c];
}
