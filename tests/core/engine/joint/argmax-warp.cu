// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// argmax: a warp a row, what lanes have found handed on by shuffles.
// moves: row-per-block
// warploom: launch k<<<ceil_div(rows, 4), 128>>>(x, index, rows, cols)
#include <cfloat>

__global__ void k(const float* x, int* index, int rows, int cols)
{
    int row = blockIdx.x * 4 + threadIdx.x / 32;
    int lane = threadIdx.x % 32;
    if (row >= rows) return;
    const float* line = x + (size_t)row * cols;
    float m = -FLT_MAX;
    int a = 0;
    for (int c = lane; c < cols; c += 32) {
        const float v = line[c];
        if (m < v) {
            a = c;
            m = v;
        }
    }
    for (int h = 16; h > 0; h /= 2) {
        float other = __shfl_xor_sync(0xffffffffu, m, h);
        int place = __shfl_xor_sync(0xffffffffu, a, h);
        if (other > m || (other == m && place < a)) {
            m = other;
            a = place;
        }
    }
    if (lane == 0) index[row] = a;
}
