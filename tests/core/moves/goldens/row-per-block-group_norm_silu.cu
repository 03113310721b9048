// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Group normalisation and SiLU of half precision images: one thread works through one group of one image, in three
// passes (mean, variance, result), and computes in float.
//
// There are as few threads as groups, and those of a warp stand in 32 different ones, so each load of the warp touches
// 32 different places in memory, for two bytes each.
//
// warploom: tune BLOCK = 64 32 128 256 512 1024
// warploom: let JOBS = images * groups
// warploom: launch group_norm_silu<<<JOBS, BLOCK>>>(x, gamma, beta, y, JOBS, groups, per_group, pixels, eps)

#include <cuda_fp16.h>

// Over the block, whose size is a multiple of 32; every thread gets the result.
static __device__ __forceinline__ float blockSum(float value)
{
    __shared__ float partial[32];
    const unsigned lane = threadIdx.x % 32;
    const unsigned warps = blockDim.x / 32;
    for (int offset = 16; offset > 0; offset /= 2)
        value = value + __shfl_xor_sync(0xffffffffu, value, offset);
    __syncthreads();  // what the last call left has been read
    if (lane == 0)
        partial[threadIdx.x / 32] = value;
    __syncthreads();
    value = lane < warps ? partial[lane] : float(0);
    for (int offset = 16; offset > 0; offset /= 2)
        value = value + __shfl_xor_sync(0xffffffffu, value, offset);
    return value;
}

extern "C" __global__ void group_norm_silu(const half* x, const float* gamma, const float* beta, half* y, int jobs,
                                           int groups, int per_group, int pixels, float eps)
{
    int job = blockIdx.x;
    if (job >= jobs)
        return;
    int group = job % groups;
    int elements = per_group * pixels;
    const half* in = x + size_t(job) * elements;
    half* out = y + size_t(job) * elements;

    float sum = 0;
    for (int i = threadIdx.x; i < elements; i += blockDim.x)
        sum += __half2float(in[i]);
    sum = blockSum(sum);
    float mean = sum / elements;

    float squares = 0;
    for (int i = threadIdx.x; i < elements; i += blockDim.x) {
        float distance = __half2float(in[i]) - mean;
        squares += distance * distance;
    }
    squares = blockSum(squares);
    float scale = 1.0f / sqrtf(squares / elements + eps);

    for (int k = 0; k < per_group; ++k) {
        int channel = group * per_group + k;
        for (int p = threadIdx.x; p < pixels; p += blockDim.x) {
            size_t at = size_t(k) * pixels + p;
            float z = (__half2float(in[at]) - mean) * scale * gamma[channel] + beta[channel];
            out[at] = __float2half(z / (1.0f + expf(-z)));
        }
    }
}
