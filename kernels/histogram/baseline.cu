// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Histogram: every thread counts its one value with a global atomic.
//
// All threads of the card meet in 256 counters, that is in 1 KB of memory.
//
// warploom: zero counts
// warploom: launch histogram<<<ceil_div(n, 256), 256>>>(values, counts, n)

extern "C" __global__ void histogram(const int* values, int* counts, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        atomicAdd(&counts[values[i]], 1);
}
