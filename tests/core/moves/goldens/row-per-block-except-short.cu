// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Sums of segments: one thread adds up one segment.
//
// The threads of a warp stand in 32 different segments, so each load of the warp touches 32 different places in memory,
// and all of them wait for the longest of their segments.
//
// warploom: tune BLOCK = 256 128 512 64 1024 32
// warploom: tune SHORT_ROW = 64 32 128 16
// warploom: launch add_segments_short<<<ceil_div(segments, 256), 256>>>(values, offsets, sums, segments) when (elements) < SHORT_ROW * (segments)
// warploom: launch add_segments<<<ceil_div(segments, BLOCK / 32), BLOCK>>>(values, offsets, sums, segments) when !((elements) < SHORT_ROW * (segments))

extern "C" __global__ void add_segments_short(const float* values, const int* offsets, float* sums, int segments)
{
    int s = blockIdx.x * blockDim.x + threadIdx.x;
    if (s >= segments)
        return;

    float sum = 0;
    for (int i = offsets[s]; i < offsets[s + 1]; ++i)
        sum += values[i];
    sums[s] = sum;
}

// Over the 32 lanes of the warp; every lane gets the result.
static __device__ __forceinline__ float warpSum(float value)
{
    for (int offset = 16; offset > 0; offset /= 2)
        value = value + __shfl_xor_sync(0xffffffffu, value, offset);
    return value;
}

extern "C" __global__ void add_segments(const float* values, const int* offsets, float* sums, int segments)
{
    int s = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
    if (s >= segments)
        return;

    float sum = 0;
    const int i_end = offsets[s + 1];
    for (int i = offsets[s] + threadIdx.x % 32; i < i_end; i += 32)
        sum += values[i];
    sum = warpSum(sum);
    if (threadIdx.x % 32 == 0)
        sums[s] = sum;
}
