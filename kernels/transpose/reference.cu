// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What transpose must compute (as float64, like every reference).
//
// warploom: launch transpose_reference<<<ceil_div(rows * cols, 256), 256>>>(x, y, rows, cols)

extern "C" __global__ void transpose_reference(const float* x, double* y, int rows, int cols)
{
    size_t i = size_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= size_t(rows) * cols)
        return;
    size_t row = i / cols;
    size_t col = i % cols;
    y[col * rows + row] = x[row * cols + col];
}
