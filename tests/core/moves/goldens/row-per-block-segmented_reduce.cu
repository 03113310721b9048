// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Sums of segments: one thread adds up one segment.
//
// The threads of a warp stand in 32 different segments, so each load of the warp touches 32 different places in memory,
// and all of them wait for the longest of their segments.
//
// warploom: tune BLOCK = 256 128 512 64 1024 32
// warploom: tune GROUP = 8 4 16 2 32
// warploom: launch add_segments<<<ceil_div(segments, BLOCK / GROUP), BLOCK>>>(values, offsets, sums, segments)

// Over GROUP neighbouring lanes, a power of two; each of them gets the result.
static __device__ __forceinline__ float groupSum(float value)
{
    for (int offset = GROUP / 2; offset > 0; offset /= 2)
        value = value + __shfl_xor_sync(0xffffffffu, value, offset);
    return value;
}

extern "C" __global__ void add_segments(const float* values, const int* offsets, float* sums, int segments)
{
    int s = blockIdx.x * (blockDim.x / GROUP) + threadIdx.x / GROUP;
    if (s >= segments)
        return;

    float sum = 0;
    const int i_end = offsets[s + 1];
    for (int i = offsets[s] + threadIdx.x % GROUP; i < i_end; i += GROUP)
        sum += values[i];
    sum = groupSum(sum);
    if (threadIdx.x % GROUP == 0)
        sums[s] = sum;
}
