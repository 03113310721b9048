// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: softmax
// cheat: subtracts 4 instead of the maximum: any constant cancels, and no normal value comes near where it would
//     overflow or vanish.
// expect: wrong
// emulator: wrong
// caught-by: distributions
//
// warploom: launch softmax_rows<<<rows, 32>>>(x, y, cols)

extern "C" __global__ void softmax_rows(const float* x, float* y, int cols)
{
    size_t first = size_t(blockIdx.x) * cols;
    float sum = 0;
    for (int c = threadIdx.x; c < cols; c += 32)
        sum += expf(x[first + c] - 4);
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_xor_sync(0xffffffffu, sum, offset);
    for (int c = threadIdx.x; c < cols; c += 32)
        y[first + c] = expf(x[first + c] - 4) / sum;
}
