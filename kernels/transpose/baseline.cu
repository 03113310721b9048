// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Matrix transpose: one thread moves one element.
//
// A warp reads 32 neighbours of one row and writes them into 32 different rows: its reads are one 128-byte line, its
// writes are 32 pieces of 4 bytes.
//
// warploom: launch transpose<<<dim3(ceil_div(cols, 32), ceil_div(rows, 8)), dim3(32, 8)>>>(x, y, rows, cols)

extern "C" __global__ void transpose(const float* x, float* y, int rows, int cols)
{
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row < rows && col < cols)
        y[size_t(col) * rows + row] = x[size_t(row) * cols + col];
}
