// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What batched_truncate must compute: one thread a row. It writes zeros and then the elements, oldest first.
//
// warploom: launch batched_truncate_reference<<<ceil_div(batch, 128), 128>>>(values, offsets, recent, batch, keep)

extern "C" __global__ void batched_truncate_reference(const int* values, const int* offsets, int* recent,
                                                      long long batch, long long keep)
{
    long long row = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (row >= batch)
        return;
    long long first = offsets[row];
    long long end = offsets[row + 1];
    if (end - first > keep)
        first = end - keep;

    int* out = recent + row * keep;
    long long zeros = keep - (end - first);
    for (long long c = 0; c < zeros; ++c)
        out[c] = 0;
    for (long long c = zeros; c < keep; ++c)
        out[c] = values[first + (c - zeros)];
}
