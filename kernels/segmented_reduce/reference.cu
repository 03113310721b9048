// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What segmented_reduce must compute, in float64: one thread a segment.
//
// warploom: launch segmented_reduce_reference<<<ceil_div(segments, 128), 128>>>(values, offsets, sums, segments)

extern "C" __global__ void segmented_reduce_reference(const float* values, const int* offsets, double* sums,
                                                      long long segments)
{
    long long s = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (s >= segments)
        return;

    double sum = 0;
    for (long long i = offsets[s]; i < offsets[s + 1]; ++i)
        sum += values[i];
    sums[s] = sum;
}
