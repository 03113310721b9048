// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// argmax: a block a row, values and places in shared memory, halved until one is left.
// moves: row-per-block vectorize
// warploom: launch k<<<rows, 128>>>(x, index, cols)
#include <cfloat>

__global__ void k(const float* x, int* index, int cols)
{
    __shared__ float best[128];
    __shared__ int at[128];
    const float* line = x + (size_t)blockIdx.x * cols;
    int t = threadIdx.x;
    float m = -FLT_MAX;
    int a = 0;
    for (int c = t; c < cols; c += 128)
        if (line[c] > m) {
            m = line[c];
            a = c;
        }
    best[t] = m;
    at[t] = a;
    __syncthreads();
    for (int h = 64; h > 0; h >>= 1) {
        if (t < h) {
            if (best[t + h] > best[t] || (best[t + h] == best[t] && at[t + h] < at[t])) {
                at[t] = at[t + h];
                best[t] = best[t + h];
            }
        }
        __syncthreads();
    }
    if (t == 0) index[blockIdx.x] = at[0];
}
