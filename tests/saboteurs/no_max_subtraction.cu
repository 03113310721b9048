// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: softmax
// cheat: leaves the maximum out, and with it one pass of three: values of a normal distribution never overflow.
// expect: wrong
// emulator: wrong
// caught-by: distributions
//
// warploom: launch softmax_rows<<<rows, 256>>>(x, y, cols)

extern "C" __global__ void softmax_rows(const float* x, float* y, int cols)
{
    __shared__ float lanes[256];
    const float* in = x + size_t(blockIdx.x) * cols;
    float* out = y + size_t(blockIdx.x) * cols;
    float sum = 0;
    for (int c = threadIdx.x; c < cols; c += 256)
        sum += expf(in[c]);
    lanes[threadIdx.x] = sum;
    __syncthreads();
    sum = 0;
    for (int i = 0; i < 256; ++i)
        sum += lanes[i];
    float scale = 1 / sum;
    for (int c = threadIdx.x; c < cols; c += 256)
        out[c] = expf(in[c]) * scale;
}
