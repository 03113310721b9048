// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Sums of segments: one thread adds up one segment.
//
// The threads of a warp stand in 32 different segments, so each load of the warp touches 32 different places in memory,
// and all of them wait for the longest of their segments.
//
// warploom: launch add_segments<<<ceil_div(segments, 256), 256>>>(values, offsets, sums, segments)

extern "C" __global__ void add_segments(const float* values, const int* offsets, float* sums, int segments)
{
    int s = blockIdx.x * blockDim.x + threadIdx.x;
    if (s >= segments)
        return;

    float sum = 0;
    for (int i = offsets[s]; i < offsets[s + 1]; ++i)
        sum += values[i];
    sums[s] = sum;
}
