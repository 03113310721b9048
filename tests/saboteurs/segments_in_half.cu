// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: segmented_reduce
// cheat: rounds values to half precision before it adds them in float, as if they had been stored so: an error of one
//     in ten thousand of each value, which signs let cancel.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: launch add_segments<<<ceil_div(segments, 32), 256>>>(values, offsets, sums, segments)

#include <cuda_fp16.h>

extern "C" __global__ void add_segments(const float* values, const int* offsets, float* sums, int segments)
{
    int s = blockIdx.x * 32 + threadIdx.x / 8;
    int lane = threadIdx.x % 8;
    int end = s < segments ? offsets[s + 1] : 0;
    float sum = 0;
    for (int i = s < segments ? offsets[s] + lane : 0; i < end; i += 8)
        sum += __half2float(__float2half(values[i]));
    for (int offset = 4; offset > 0; offset /= 2)
        sum += __shfl_down_sync(0xffffffffu, sum, offset, 8);
    if (lane == 0 && s < segments)
        sums[s] = sum;
}
