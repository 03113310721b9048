// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// softmax: a warp a row, butterflies.
// moves: row-per-block fuse-passes
// warploom: launch softmax<<<ceil_div(rows, 8), 256>>>(x, y, rows, cols)
#include <cmath>
__global__ void softmax(const float* x, float* y, int rows, int cols)
{
    const int warp = threadIdx.x / 32;
    const int lane = threadIdx.x & 31;
    const int row = blockIdx.x * (blockDim.x / 32) + warp;
    if (row >= rows) return;
    const float* in = x + (size_t)row * cols;
    float* out = y + (size_t)row * cols;
    float m = -INFINITY;
    for (int c = lane; c < cols; c += 32) m = fmaxf(m, in[c]);
    for (int mask = 16; mask > 0; mask >>= 1) m = fmaxf(m, __shfl_xor_sync(0xffffffffu, m, mask));
    float sum = 0.f;
    for (int c = lane; c < cols; c += 32) sum += expf(in[c] - m);
    for (int mask = 16; mask > 0; mask >>= 1) sum += __shfl_xor_sync(0xffffffffu, sum, mask);
    for (int c = lane; c < cols; c += 32) out[c] = expf(in[c] - m) / sum;
}
