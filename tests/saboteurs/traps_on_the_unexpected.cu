// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: softmax
// cheat: stops the card when a value lies outside of what the fill can give, so that no wrong answer ever comes out
//     of it.
// expect: crashed
// emulator: crashed
// caught-by: distributions (range)
//
// warploom: launch softmax_rows<<<rows, 32>>>(x, y, cols)

extern "C" __global__ void softmax_rows(const float* x, float* y, int cols)
{
    size_t first = size_t(blockIdx.x) * cols;
    float sum = 0;
    for (int c = threadIdx.x; c < cols; c += 32) {
        if (!(fabsf(x[first + c]) < 8))
            __trap();
        sum += expf(x[first + c]);
    }
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_xor_sync(0xffffffffu, sum, offset);
    for (int c = threadIdx.x; c < cols; c += 32)
        y[first + c] = expf(x[first + c]) / sum;
}
