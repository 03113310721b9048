// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: transpose
// cheat: has a tunable block height that the kernel does not know of: with the second value half as many rows are
//     moved, twice as fast.
// expect: wrong
// emulator: wrong
// caught-by: wrote-every-element (every configuration is verified)
// set: DEPTH=4
//
// warploom: tune DEPTH = 8 4
// warploom: launch transpose<<<dim3(ceil_div(cols, 32), ceil_div(rows, 32)), dim3(32, DEPTH)>>>(x, y, rows, cols)

extern "C" __global__ void transpose(const float* x, float* y, int rows, int cols)
{
    int col = blockIdx.x * 32 + threadIdx.x;
    for (int j = threadIdx.y; j < 32; j += 8) {
        int row = blockIdx.y * 32 + j;
        if (row < rows && col < cols)
            y[size_t(col) * rows + row] = x[size_t(row) * cols + col];
    }
}
