// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Names tunables, macros of its own and macros of its flags in every kind of pragma that there is.
//
// warploom: tune ROWS = 8 4 16 32
// warploom: tune UNROLL = 4 1 2
// warploom: require 32 % ROWS == 0
// warploom: flags -DWIDE=2
// warploom: launch transpose<<<dim3(ceil_div(cols, 32), ceil_div(rows, 32)), dim3(32, ROWS)>>>(x, y, rows, cols)

#define STEPS (32 / ROWS)  /* of one thread */
#define UNROLLED _Pragma("unroll UNROLL")

extern "C" __global__ void transpose(const float* __restrict__ x, float* __restrict__ y, int rows, int cols)
{
    __shared__ float tile[32][33];
    int first_row = blockIdx.y * 32;
    int first_col = blockIdx.x * 32;

    int col = first_col + threadIdx.x;
#pragma unroll STEPS
    for (int j = threadIdx.y; j < 32; j += ROWS)
        if (first_row + j < rows && col < cols)
            tile[j][threadIdx.x] = x[size_t(first_row + j) * cols + col];
    __syncthreads();

    int row = first_row + threadIdx.x;
    if (row >= rows)
        return;
    #  pragma unroll (UNROLL * \
                      WIDE)
    for (int j = threadIdx.y; j < 16; j += ROWS)
        if (first_col + j < cols)
            y[size_t(first_col + j) * rows + row] = tile[threadIdx.x][j];
    int j = 16 + threadIdx.y;
    UNROLLED
    for (; j < 32; j += ROWS)
        if (first_col + j < cols)
            y[size_t(first_col + j) * rows + row] = tile[threadIdx.x][j];
}
