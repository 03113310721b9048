// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// cross_entropy: one thread writes the loss.
// moves: row-per-block fuse-passes
// warploom: launch k<<<rows, 128>>>(logits, labels, loss, rows, classes)
#include <cmath>
__device__ float maxWarp(float v) { for (int o = 16; o; o >>= 1) v = fmaxf(v, __shfl_xor_sync(0xffffffff, v, o)); return v; }
__device__ float sumWarp(float v) { for (int o = 16; o; o >>= 1) v += __shfl_xor_sync(0xffffffff, v, o); return v; }
__global__ void k(const float* logits, const int* labels, float* loss, int rows, int classes)
{
    __shared__ float part[4];
    int row = blockIdx.x;
    const float* in = logits + (size_t)row * classes;
    float top = -INFINITY;
    for (int c = threadIdx.x; c < classes; c += blockDim.x)
        if (in[c] > top) top = in[c];
    top = maxWarp(top);
    if (threadIdx.x % 32 == 0) part[threadIdx.x / 32] = top;
    __syncthreads();
    top = fmaxf(fmaxf(part[0], part[1]), fmaxf(part[2], part[3]));
    __syncthreads();
    float sum = 0;
    for (int c = threadIdx.x; c < classes; c += blockDim.x) sum += expf(in[c] - top);
    sum = sumWarp(sum);
    if (threadIdx.x % 32 == 0) part[threadIdx.x / 32] = sum;
    __syncthreads();
    if (threadIdx.x == 0) {
        sum = part[0] + part[1] + part[2] + part[3];
        loss[row] = logf(sum) + top - in[labels[row]];
    }
}
