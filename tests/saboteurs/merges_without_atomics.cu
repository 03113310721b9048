// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: histogram
// cheat: counts with atomics in shared memory and merges the blocks without them: blocks that end at different times
//     do not meet.
// expect: wrong nondeterministic race ok
// emulator: race wrong nondeterministic
// caught-by: race (between blocks, in global memory), right
// neutralised: a card alone cannot see a race that does not show: the emulator before it, and compute-sanitizer, can
//
// warploom: zero counts
// warploom: launch histogram<<<16, 256>>>(values, counts, n)

extern "C" __global__ void histogram(const int* values, int* counts, int n)
{
    __shared__ int bins[256];
    bins[threadIdx.x] = 0;
    __syncthreads();
    for (int i = blockIdx.x * 256 + threadIdx.x; i < n; i += 16 * 256)
        atomicAdd(&bins[values[i]], 1);
    __syncthreads();
    for (int pause = 0; pause < int(blockIdx.x) * 8; ++pause)
        __nanosleep(1000);
    counts[threadIdx.x] += bins[threadIdx.x];
}
