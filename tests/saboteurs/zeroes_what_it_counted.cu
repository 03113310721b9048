// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: histogram
// cheat: zeroes each value that it has counted, so that a second pass over the same buffer has only one bin to write
//     to; the counts of the first run are right.
// expect: wrong
// emulator: wrong
// caught-by: input-hash
//
// warploom: zero counts
// warploom: launch histogram<<<ceil_div(n, 256), 256>>>(values, counts, n)

extern "C" __global__ void histogram(int* values, int* counts, int n)
{
    int i = blockIdx.x * 256 + threadIdx.x;
    if (i >= n)
        return;
    atomicAdd(&counts[values[i]], 1);
    values[i] = 0;
}
