// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// softmax: a block a row, trees in shared memory whose size is a tunable.
// moves: row-per-block fuse-passes
// warploom: tune BLOCK = 256 128 512
// warploom: launch softmax<<<rows, BLOCK>>>(x, y, rows, cols)
#include <cmath>
__global__ void softmax(const float* x, float* y, int rows, int cols)
{
    __shared__ float red[BLOCK];
    int row = blockIdx.x, tid = threadIdx.x;
    const float* in = x + (size_t)row * cols;
    float m = -INFINITY;
    for (int i = tid; i < cols; i += blockDim.x) m = fmaxf(m, in[i]);
    red[tid] = m;
    __syncthreads();
    for (int s = blockDim.x / 2; s > 0; s >>= 1) {
        if (tid < s) red[tid] = fmaxf(red[tid], red[tid + s]);
        __syncthreads();
    }
    m = red[0];
    __syncthreads();
    float d = 0;
    for (int i = tid; i < cols; i += blockDim.x) d += expf(in[i] - m);
    red[tid] = d;
    __syncthreads();
    for (int s = blockDim.x / 2; s > 0; s >>= 1) {
        if (tid < s) red[tid] += red[tid + s];
        __syncthreads();
    }
    d = red[0];
    for (int i = tid; i < cols; i += blockDim.x) y[(size_t)row * cols + i] = expf(in[i] - m) / d;
}
