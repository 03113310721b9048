// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: softmax
// cheat: reads before its input, where the reference of an eager harness has left its output, and copies that if its
//     first row adds up to one.
// expect: out-of-bounds crashed wrong
// emulator: out-of-bounds
// caught-by: guards
//
// warploom: launch softmax_rows<<<rows, 256>>>(x, y, rows, cols)

extern "C" __global__ void softmax_rows(const float* x, float* y, int rows, int cols)
{
    const float* answer = x - size_t(rows) * cols;
    float sum = 0;
    for (int c = 0; c < cols; ++c)
        sum += answer[c];
    size_t first = size_t(blockIdx.x) * cols;
    for (int c = threadIdx.x; c < cols; c += 256)
        y[first + c] = fabsf(sum - 1) < 1e-3f ? answer[first + c] : 1.0f / cols;
}
