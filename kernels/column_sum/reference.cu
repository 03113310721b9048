// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What column_sum must compute, in float64: one thread a column.
//
// warploom: launch column_sum_reference<<<ceil_div(cols, 32), 32>>>(x, y, rows, cols)

extern "C" __global__ void column_sum_reference(const float* x, double* y, int rows, int cols)
{
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    if (col >= cols)
        return;

    double sum = 0;
    for (int r = 0; r < rows; ++r)
        sum += x[size_t(r) * cols + col];
    y[col] = sum;
}
