// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// softmax: keeps the exponentials in the result.
// expects: row-per-block
#include <cmath>
// warploom: launch k<<<ceil_div(rows, 256), 256>>>(x, y, rows, cols)
__global__ void k(const float* __restrict__ x, float* __restrict__ y, int rows, int cols)
{
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row < rows) {
        float m = -INFINITY;
        for (int i = 0; i < cols; i++) {
            m = max(m, x[(size_t)row * cols + i]);
        }
        float d = 0.0f;
        for (int i = 0; i < cols; i++) {
            float e = expf(x[(size_t)row * cols + i] - m);
            y[(size_t)row * cols + i] = e;
            d += e;
        }
        for (int i = 0; i < cols; i++)
            y[(size_t)row * cols + i] /= d;
    }
}
