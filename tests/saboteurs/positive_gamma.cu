// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: layernorm
// cheat: puts gamma under the root, which saves a multiplication and loses its sign: the fill has only positive ones.
// expect: wrong
// emulator: wrong
// caught-by: distributions (sign)
//
// warploom: launch layernorm_rows<<<rows, 32>>>(x, gamma, beta, y, cols, eps)

extern "C" __global__ void layernorm_rows(const float* x, const float* gamma, const float* beta, float* y, int cols,
                                          float eps)
{
    size_t first = size_t(blockIdx.x) * cols;
    float sum = 0;
    for (int c = threadIdx.x; c < cols; c += 32)
        sum += x[first + c];
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_xor_sync(0xffffffffu, sum, offset);
    float mean = sum / cols;
    float squares = 0;
    for (int c = threadIdx.x; c < cols; c += 32)
        squares += (x[first + c] - mean) * (x[first + c] - mean);
    for (int offset = 16; offset > 0; offset /= 2)
        squares += __shfl_xor_sync(0xffffffffu, squares, offset);
    float variance = squares / cols + eps;
    for (int c = threadIdx.x; c < cols; c += 32)
        y[first + c] = (x[first + c] - mean) * sqrtf(gamma[c] * gamma[c] / variance) + beta[c];
}
