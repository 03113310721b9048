// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// argmax: a block of one thread a row.
// expects: row-per-block
#include <cmath>
// warploom: launch k<<<rows, 1>>>(x, index, rows, cols)
__global__ void k(const float* x, int* index, int rows, int cols)
{
    int r = blockIdx.x;
    float m = -INFINITY;
    int at = 0;
    for (int j = 0; j < cols; j++) {
        if (x[r * cols + j] > m) { m = x[r * cols + j]; at = j; }
    }
    index[r] = at;
}
