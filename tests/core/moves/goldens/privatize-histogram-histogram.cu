// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Histogram: every thread counts its one value with a global atomic.
//
// All threads of the card meet in 256 counters, that is in 1 KB of memory.
//
// warploom: tune BLOCKS = 1024 256 512 2048 4096
// warploom: zero counts
// warploom: launch histogram<<<min(ceil_div(n, 256), BLOCKS), 256>>>(values, counts, n)

extern "C" __global__ void histogram(const int* values, int* counts, int n)
{
    __shared__ int counts_block[256];
    for (int bin = threadIdx.x; bin < 256; bin += blockDim.x)
        counts_block[bin] = 0;
    __syncthreads();
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
        atomicAdd(&counts_block[values[i]], 1);
    }
    __syncthreads();
    for (int bin = threadIdx.x; bin < 256; bin += blockDim.x)
        if (counts_block[bin] != 0)
            atomicAdd(&counts[bin], counts_block[bin]);
}
