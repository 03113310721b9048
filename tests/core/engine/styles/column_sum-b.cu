// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// column_sum: sums in memory, blocks of one thread, unsigned counters.
// expects: split-sum
// warploom: launch k<<<cols, 1>>>(x, y, rows, cols)
__global__ void k(const float* x, float* y, int rows, int cols)
{
    unsigned c = blockIdx.x;
    y[c] = 0.0f;
    for (unsigned r = 0; r < rows; r++)
        y[c] += x[(size_t)r * cols + c];
}
