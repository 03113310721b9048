// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// A block of one warp's width for each row, in float64.
//
// warploom: launch softmax_bwd_reference<<<dim3(s, heads), 32>>>(p, dp, ds, s, scale)

#include <cuda_bf16.h>

extern "C" __global__ void softmax_bwd_reference(const __nv_bfloat16* p, const __nv_bfloat16* dp, double* ds, long long s,
                                                 float scale)
{
    __shared__ double parts[32];
    long long row = (blockIdx.y * s + blockIdx.x) * s;
    double sum = 0;
    for (long long j = threadIdx.x; j <= blockIdx.x; j += 32)
        sum += double(__bfloat162float(p[row + j])) * double(__bfloat162float(dp[row + j]));
    parts[threadIdx.x] = sum;
    __syncthreads();
    sum = 0;
    for (int t = 0; t < 32; ++t)
        sum += parts[t];
    for (long long j = threadIdx.x; j < s; j += 32)
        ds[row + j] = j > blockIdx.x ? 0
                                     : double(scale) * double(__bfloat162float(p[row + j])) *
                                           (double(__bfloat162float(dp[row + j])) - sum);
}
