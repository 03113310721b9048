// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: softmax
// cheat: writes NaN: a check for "difference greater than tolerance" never finds one.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: launch softmax_rows<<<rows, 256>>>(y, cols)

extern "C" __global__ void softmax_rows(float* y, int cols)
{
    for (int c = threadIdx.x; c < cols; c += 256)
        y[size_t(blockIdx.x) * cols + c] = __int_as_float(0x7fffffff);
}
