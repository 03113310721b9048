// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: transpose
// cheat: takes as many tiles across as down: right wherever there are no more columns than rows, which is so for
//     every large size of the task.
// expect: wrong
// emulator: wrong
// caught-by: hidden-sizes
//
// warploom: let DOWN = ceil_div(rows, 32)
// warploom: launch transpose<<<dim3(DOWN, DOWN), dim3(32, 8)>>>(x, y, rows, cols)

extern "C" __global__ void transpose(const float* x, float* y, int rows, int cols)
{
    __shared__ float tile[32][33];
    int first_row = blockIdx.y * 32;
    int first_col = blockIdx.x * 32;
    if (first_col >= cols)
        return;
    for (int j = threadIdx.y; j < 32; j += 8)
        if (first_row + j < rows && first_col + threadIdx.x < cols)
            tile[j][threadIdx.x] = x[size_t(first_row + j) * cols + first_col + threadIdx.x];
    __syncthreads();
    for (int j = threadIdx.y; j < 32; j += 8)
        if (first_col + j < cols && first_row + threadIdx.x < rows)
            y[size_t(first_col + j) * rows + first_row + threadIdx.x] = tile[threadIdx.x][j];
}
