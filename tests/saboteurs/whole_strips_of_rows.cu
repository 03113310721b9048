// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: column_sum
// cheat: adds strips of four rows and handles none over or three of them, as most sizes have it that the task lists; of
//     1009 rows one is forgotten.
// expect: wrong
// emulator: wrong
// caught-by: right, hidden-sizes
//
// warploom: launch column_sum<<<ceil_div(cols, 64), 64>>>(x, y, rows, cols)

extern "C" __global__ void column_sum(const float* x, float* y, int rows, int cols)
{
    int col = blockIdx.x * 64 + threadIdx.x;
    if (col >= cols)
        return;
    float sums[4] = {};
    int r = 0;
    for (; r + 4 <= rows; r += 4)
        for (int i = 0; i < 4; ++i)
            sums[i] += x[size_t(r + i) * cols + col];
    float sum = 0;
    for (int i = 0; i < 4; ++i)
        sum += sums[i];
    if (rows % 4 == 3)
        for (; r < rows; ++r)
            sum += x[size_t(r) * cols + col];
    y[col] = sum;
}
