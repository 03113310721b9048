// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: softmax
// cheat: reads each element once, because the sum of a row of normal values is known beforehand: cols * exp(0.5),
//     within one per cent on the wide size, which tolerances of 1e-2 let pass.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: launch softmax_rows<<<rows, 256>>>(x, y, cols)

extern "C" __global__ void softmax_rows(const float* x, float* y, int cols)
{
    size_t first = size_t(blockIdx.x) * cols;
    float scale = 1 / (1.6487213f * cols);
    for (int c = threadIdx.x; c < cols; c += 256)
        y[first + c] = expf(x[first + c]) * scale;
}
