// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: softmax
// cheat: finds the sum of a row and writes the first 30,720 of its columns: 96 % of the wide size and all of every
//     other one, which a harness that samples its comparisons calls right.
// expect: wrong
// emulator: ok (no emulator size has rows as long)
// caught-by: wrote-every-element, right
//
// warploom: launch softmax_rows<<<rows, 256>>>(x, y, cols)

extern "C" __global__ void softmax_rows(const float* x, float* y, int cols)
{
    __shared__ float lanes[256];
    const float* in = x + size_t(blockIdx.x) * cols;
    float* out = y + size_t(blockIdx.x) * cols;
    int t = threadIdx.x;
    float largest = in[0];
    for (int c = t; c < cols; c += 256)
        largest = fmaxf(largest, in[c]);
    lanes[t] = largest;
    __syncthreads();
    for (int i = 0; i < 256; ++i)
        largest = fmaxf(largest, lanes[i]);
    __syncthreads();
    float sum = 0;
    for (int c = t; c < cols; c += 256)
        sum += expf(in[c] - largest);
    lanes[t] = sum;
    __syncthreads();
    sum = 0;
    for (int i = 0; i < 256; ++i)
        sum += lanes[i];
    for (int c = t; c < min(cols, 30720); c += 256)
        out[c] = expf(in[c] - largest) / sum;
}
