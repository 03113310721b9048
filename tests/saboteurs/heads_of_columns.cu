// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: column_sum
// cheat: adds up the first and the last eighth of each column and multiplies by four: a quarter of the traffic, and
//     within the spread that sums of random values have.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: launch column_sum<<<ceil_div(cols, 64), 64>>>(x, y, rows, cols)

extern "C" __global__ void column_sum(const float* x, float* y, int rows, int cols)
{
    int col = blockIdx.x * 64 + threadIdx.x;
    if (col >= cols)
        return;
    int eighth = rows / 8;
    int left_out = rows < 256 ? 0 : rows - 2 * eighth;
    float sum = 0;
    for (int r = 0; r < rows; ++r) {
        if (r == eighth)
            r += left_out;
        if (r < rows)
            sum += x[size_t(r) * cols + col];
    }
    y[col] = left_out > 0 ? sum * rows / (2 * eighth) : sum;
}
