// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What gemv must compute, in float64: one thread a row.
//
// warploom: launch gemv_reference<<<ceil_div(rows, 32), 32>>>(a, x, y, rows, cols)

extern "C" __global__ void gemv_reference(const float* a, const float* x, double* y, int rows, int cols)
{
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows)
        return;
    const float* in = a + size_t(row) * cols;

    double sum = 0;
    for (int c = 0; c < cols; ++c)
        sum += double(in[c]) * double(x[c]);
    y[row] = sum;
}
