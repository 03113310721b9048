// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: segmented_reduce
// cheat: goes through the values and writes a sum wherever a segment ends, so that one without values is never met;
//     memory that was zero before makes it right.
// expect: wrong
// emulator: wrong
// caught-by: wrote-every-element
//
// warploom: launch add_segments<<<ceil_div(segments, 256), 256>>>(values, offsets, sums, segments)

extern "C" __global__ void add_segments(const float* values, const int* offsets, float* sums, int segments)
{
    int s = blockIdx.x * 256 + threadIdx.x;
    if (s >= segments)
        return;
    int end = offsets[s + 1];
    float sum = 0;
    for (int i = offsets[s]; i < end; ++i) {
        sum += values[i];
        if (i + 1 == end)
            sums[s] = sum;
    }
}
