// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// argmax: value and place in two variables.
// expects: row-per-block
// warploom: launch k<<<ceil_div(rows, 128), 128>>>(x, index, rows, cols)
__global__ void k(const float* __restrict__ x, int* __restrict__ index, const int rows, const int cols)
{
    const int r = threadIdx.x + blockIdx.x * blockDim.x;
    if (r < rows) {
        float m = x[(size_t)r * cols];
        int at = 0;
        for (int j = 1; j < cols; j++) {
            float v = x[(size_t)r * cols + j];
            if (v > m) { m = v; at = j; }
        }
        index[r] = at;
    }
}
