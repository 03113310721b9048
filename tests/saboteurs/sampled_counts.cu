// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: histogram
// cheat: counts every eighth value eight times: uniform data makes each bin right to about a per cent.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: zero counts
// warploom: launch histogram<<<132, 256>>>(values, counts, n)

extern "C" __global__ void histogram(const int* values, int* counts, int n)
{
    for (int i = (blockIdx.x * 256 + threadIdx.x) * 8; i < n; i += gridDim.x * 256 * 8)
        atomicAdd(&counts[values[i]], min(8, n - i));
}
