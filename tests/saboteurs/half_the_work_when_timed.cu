// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: softmax
// cheat: tells by the poison of a scratch whether it is timed, and only then takes the sum of every second column
//     twice; the output is complete and looks like a softmax.
// expect: wrong nondeterministic
// emulator: wrong nondeterministic (it reads a scratch that nobody has written in this run)
// caught-by: timed-output, uninitialised
// run: bench
//
// warploom: scratch tells u32[1]
// warploom: launch softmax_rows<<<rows, 256>>>(x, tells, y, cols)

extern "C" __global__ void softmax_rows(const float* x, const unsigned* tells, float* y, int cols)
{
    __shared__ float lanes[256];
    const float* in = x + size_t(blockIdx.x) * cols;
    float* out = y + size_t(blockIdx.x) * cols;
    int t = threadIdx.x;
    int step = *tells == *tells % 256 * 0x01010101u ? 2 : 1;
    float largest = in[0];
    for (int c = t * step; c < cols; c += 256 * step)
        largest = fmaxf(largest, in[c]);
    lanes[t] = largest;
    __syncthreads();
    for (int i = 0; i < 256; ++i)
        largest = fmaxf(largest, lanes[i]);
    __syncthreads();
    float sum = 0;
    for (int c = t * step; c < cols; c += 256 * step)
        sum += expf(in[c] - largest);
    lanes[t] = sum;
    __syncthreads();
    sum = 0;
    for (int i = 0; i < 256; ++i)
        sum += lanes[i];
    float scale = 1 / (sum * step);
    for (int c = t; c < cols; c += 256)
        out[c] = expf(in[c] - largest) * scale;
}
