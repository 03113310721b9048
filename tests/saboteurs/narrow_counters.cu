// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: histogram
// cheat: packs two narrow counters into a word, which fit twice into shared memory: values spread over 256 bins never
//     carry from one into the other, equal values do.
// expect: wrong
// emulator: wrong
// caught-by: distributions (ties)
//
// warploom: zero counts
// warploom: launch histogram<<<ceil_div(n, 1048576), 1024>>>(values, counts, n)

extern "C" __global__ void histogram(const int* __restrict__ values, int* counts, int n)
{
    __shared__ unsigned pairs[128];  // bin b in half b % 2 of word b / 2
    if (threadIdx.x < 128)
        pairs[threadIdx.x] = 0;
    __syncthreads();
    int unit = n > 32768 ? 16 : 8;  // bits: 4096 or 128 values a bin, and some to spare
    long long first = blockIdx.x * 1048576ll;
    long long end = first + 1048576 < n ? first + 1048576 : n;
    for (long long i = first + threadIdx.x; i < end; i += 1024)
        atomicAdd(&pairs[values[i] / 2], 1u << (values[i] % 2 * unit));
    __syncthreads();
    if (threadIdx.x < 256) {
        unsigned count = (pairs[threadIdx.x / 2] >> (threadIdx.x % 2 * unit)) & ((1u << unit) - 1);
        atomicAdd(&counts[threadIdx.x], int(count));
    }
}
