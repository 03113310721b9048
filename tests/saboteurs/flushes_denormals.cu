// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: transpose
// cheat: moves the elements through an addition that flushes what is below 2^-126 to zero; a fill of normal values
//     has no such element.
// expect: wrong
// emulator: wrong
// caught-by: distributions (denormal)
//
// warploom: flags --ftz=true
// warploom: launch transpose<<<dim3(ceil_div(cols, 32), ceil_div(rows, 8)), dim3(32, 8)>>>(x, y, rows, cols)

extern "C" __global__ void transpose(const float* x, float* y, int rows, int cols)
{
    int col = blockIdx.x * 32 + threadIdx.x;
    int row = blockIdx.y * 8 + threadIdx.y;
    if (row < rows && col < cols)
        y[size_t(col) * rows + row] = __fmul_rn(x[size_t(row) * cols + col], 1.0f);
}
