// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// A thread a column, twice down it: for the mean, then for the distances from it.
//
// warploom: launch columnSpread<<<ceil_div(cols, 96), 96>>>(x, mean, spread, rows, cols)

#include <cuda_fp16.h>

extern "C" __global__ void columnSpread(const __half* x, float* mean, float* spread, int rows, int cols)
{
    const int column = blockIdx.x * blockDim.x + threadIdx.x;
    if (column >= cols)
        return;
    float mu = 0.0f;
    for (int r = 0; r < rows; r++)
        mu += __half2float(x[(size_t)r * cols + column]);
    mu /= rows;
    float squares = 0.0f;
    for (int r = 0; r < rows; r++) {
        const float away = __half2float(x[(size_t)r * cols + column]) - mu;
        squares += away * away;
    }
    mean[column] = mu;
    spread[column] = sqrtf(squares / rows);
}
