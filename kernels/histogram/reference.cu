// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What histogram must compute, without an atomic: block s goes through slice s of the values, and its thread b counts
// how many of them equal b. Then one thread a bin adds up the slices.
//
// warploom: let SLICE = ceil_div(n, 256)
// warploom: scratch slice_counts i32[256 * 256]
// warploom: launch count_slices<<<256, 256>>>(values, slice_counts, n, SLICE)
// warploom: launch add_slices<<<1, 256>>>(slice_counts, counts)

extern "C" __global__ void count_slices(const int* values, int* slice_counts, long long n, long long slice)
{
    int s = blockIdx.x;
    int bin = threadIdx.x;
    int count = 0;
    for (long long i = s * slice; i < (s + 1) * slice && i < n; ++i)
        count += values[i] == bin;
    slice_counts[s * 256 + bin] = count;
}

extern "C" __global__ void add_slices(const int* slice_counts, int* counts)
{
    int bin = threadIdx.x;
    int count = 0;
    for (int s = 0; s < 256; ++s)
        count += slice_counts[s * 256 + bin];
    counts[bin] = count;
}
