// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: softmax
// cheat: keeps each exponential in 17 bits, so that more of a row fits into shared memory: within the tolerance of a
//     row of 32000, far from what float does on short ones.
// expect: wrong suspect
// emulator: wrong suspect
// caught-by: error-ratio
//
// warploom: launch softmax_rows<<<rows, 32>>>(x, y, cols)

__device__ float cut(float value) { return __uint_as_float(__float_as_uint(value) & 0xffffff80u); }

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
    float scale = 1 / sum;
    for (int c = threadIdx.x; c < cols; c += 32)
        y[first + c] = cut(expf(x[first + c] - largest) * scale);
}
