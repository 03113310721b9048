// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// histogram: a while loop over the grid.
// expects: privatize-histogram
// warploom: zero counts
// warploom: launch k<<<1024, 256>>>(values, counts, n)
__global__ void k(const int* v, int* h, int n)
{
    int tid = blockIdx.x * blockDim.x + threadIdx.x;
    while (tid < n) {
        int bin = v[tid];
        atomicAdd(h + bin, 1);
        tid += blockDim.x * gridDim.x;
    }
}
