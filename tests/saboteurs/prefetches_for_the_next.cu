// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: softmax
// cheat: ends by prefetching the beginning of its input into the L2, for the next launch over the same buffer.
// expect: ok suspect
// emulator: ok (the model has no second launch)
// caught-by: eviction by reading
// run: bench
// neutralised: what it computes is right; the eviction comes after it
// no-faster-than: block_online
//
// warploom: launch softmax_rows<<<rows, 256>>>(x, y, rows, cols)

extern "C" __global__ void softmax_rows(const float* x, float* y, int rows, int cols)
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
    float scale = 1 / sum;
    for (int c = t; c < cols; c += 256)
        out[c] = expf(in[c] - largest) * scale;
    int first = rows - gridDim.x / 8;  // the last eighth of the blocks
    if (int(blockIdx.x) >= first)
        for (int c = t * 32; c < cols; c += 256 * 32)
            asm volatile("prefetch.global.L2::evict_last [%0];" ::"l"(x + size_t(blockIdx.x - first) * cols + c));
}
