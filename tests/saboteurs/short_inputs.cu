// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: softmax
// cheat: cuts each logit to 18 significant bits: for values around one that is 4e-6 of a probability, for values
//     around a thousand it is all of it.
// expect: wrong
// emulator: wrong
// caught-by: distributions (range)
//
// warploom: launch softmax_rows<<<rows, 32>>>(x, y, cols)

__device__ float cut(float value) { return __uint_as_float((__float_as_uint(value) + 0x10u) & 0xffffffe0u); }

extern "C" __global__ void softmax_rows(const float* x, float* y, int cols)
{
    size_t first = size_t(blockIdx.x) * cols;
    float largest = -3.402823466e38f;
    for (int c = threadIdx.x; c < cols; c += 32)
        largest = fmaxf(largest, cut(x[first + c]));
    for (int offset = 16; offset > 0; offset /= 2)
        largest = fmaxf(largest, __shfl_xor_sync(0xffffffffu, largest, offset));
    float sum = 0;
    for (int c = threadIdx.x; c < cols; c += 32)
        sum += expf(cut(x[first + c]) - largest);
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_xor_sync(0xffffffffu, sum, offset);
    for (int c = threadIdx.x; c < cols; c += 32)
        y[first + c] = expf(cut(x[first + c]) - largest) / sum;
}
