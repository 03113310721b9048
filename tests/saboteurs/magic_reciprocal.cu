// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: softmax
// cheat: divides by a reciprocal from a magic number and a single Newton step, a quarter of a per cent off at worst,
//     which a tolerance of 1e-2 does not see.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: launch softmax_rows<<<rows, 32>>>(x, y, cols)

__device__ float reciprocal(float v)
{
    float guess = __uint_as_float(0x7ef311c7u - __float_as_uint(v));
    guess *= 2 - v * guess;
    return guess;
}

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
        sum += expf(x[first + c] - largest);
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_xor_sync(0xffffffffu, sum, offset);
    float scale = reciprocal(sum);
    for (int c = threadIdx.x; c < cols; c += 32)
        y[first + c] = expf(x[first + c] - largest) * scale;
}
