// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: transpose
// cheat: passes a tile through shared memory without waiting for the other warps, which mostly come in time when the
//     block is small.
// expect: wrong nondeterministic race ok
// emulator: race wrong nondeterministic
// caught-by: race, second-run
// neutralised: a card alone cannot see a race that does not show: the emulator before it, and compute-sanitizer, can
//
// warploom: launch transpose<<<dim3(ceil_div(cols, 32), ceil_div(rows, 32)), dim3(32, 8)>>>(x, y, rows, cols)

extern "C" __global__ void transpose(const float* x, float* y, int rows, int cols)
{
    __shared__ volatile float tile[32][33];
    for (int j = threadIdx.y; j < 32; j += 8) {
        int row = blockIdx.y * 32 + j;
        int col = blockIdx.x * 32 + threadIdx.x;
        if (row < rows && col < cols)
            tile[j][threadIdx.x] = x[size_t(row) * cols + col];
    }
    for (int pause = 0; pause < 100; ++pause)
        __nanosleep(20);
    for (int j = threadIdx.y; j < 32; j += 8) {
        int row = blockIdx.y * 32 + threadIdx.x;
        int col = blockIdx.x * 32 + j;
        if (row < rows && col < cols)
            y[size_t(col) * rows + row] = tile[threadIdx.x][j];
    }
}
