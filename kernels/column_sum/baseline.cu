// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Sums of a matrix's columns, the matrix row-major: one thread adds up one column.
//
// Neighbouring threads read neighbouring addresses, as they should; but there are only as many threads as columns, far
// fewer than the card could run, and each waits for one load after the other.
//
// warploom: launch column_sum<<<ceil_div(cols, 256), 256>>>(x, y, rows, cols)

extern "C" __global__ void column_sum(const float* x, float* y, int rows, int cols)
{
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    if (col >= cols)
        return;

    float sum = 0;
    for (int r = 0; r < rows; ++r)
        sum += x[size_t(r) * cols + col];
    y[col] = sum;
}
