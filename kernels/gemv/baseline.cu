// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Matrix times vector, the matrix row-major: one thread works through one row.
//
// The threads of a warp stand in 32 different rows, so each load of the warp touches 32 different places in memory; and
// with a few thousand rows there are far fewer threads than the card could run.
//
// warploom: launch gemv<<<ceil_div(rows, 256), 256>>>(a, x, y, rows, cols)

extern "C" __global__ void gemv(const float* a, const float* x, float* y, int rows, int cols)
{
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows)
        return;
    const float* in = a + size_t(row) * cols;

    float sum = 0;
    for (int c = 0; c < cols; ++c)
        sum += in[c] * x[c];
    y[row] = sum;
}
