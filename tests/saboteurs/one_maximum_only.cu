// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: softmax
// cheat: counts the largest value of a row as one and skips everything equal to it, which saves an exponential where
//     no two values tie for the first place.
// expect: wrong
// emulator: wrong
// caught-by: distributions (ties)
//
// warploom: launch softmax_rows<<<rows, 32>>>(x, y, cols)

extern "C" __global__ void softmax_rows(const float* x, float* y, int cols)
{
    size_t first = size_t(blockIdx.x) * cols;
    float largest = -3.402823466e38f;
    for (int c = threadIdx.x; c < cols; c += 32)
        largest = fmaxf(largest, x[first + c]);
    for (int offset = 16; offset > 0; offset /= 2)
        largest = fmaxf(largest, __shfl_xor_sync(0xffffffffu, largest, offset));
    float sum = 0;
    for (int c = threadIdx.x; c < cols; c += 32)
        if (x[first + c] < largest)
            sum += expf(x[first + c] - largest);
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_xor_sync(0xffffffffu, sum, offset);
    float scale = 1 / (1 + sum);
    for (int c = threadIdx.x; c < cols; c += 32)
        y[first + c] = expf(x[first + c] - largest) * scale;
}
