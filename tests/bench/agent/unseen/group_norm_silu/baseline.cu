// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Group normalisation and SiLU of half precision images: one thread works through one group of one image, in three
// passes (mean, variance, result), and computes in float.
//
// There are as few threads as groups, and those of a warp stand in 32 different ones, so each load of the warp touches
// 32 different places in memory, for two bytes each.
//
// warploom: let JOBS = images * groups
// warploom: launch group_norm_silu<<<ceil_div(JOBS, 64), 64>>>(x, gamma, beta, y, JOBS, groups, per_group, pixels, eps)

#include <cuda_fp16.h>

extern "C" __global__ void group_norm_silu(const half* x, const float* gamma, const float* beta, half* y, int jobs,
                                           int groups, int per_group, int pixels, float eps)
{
    int job = blockIdx.x * blockDim.x + threadIdx.x;
    if (job >= jobs)
        return;
    int group = job % groups;
    int elements = per_group * pixels;
    const half* in = x + size_t(job) * elements;
    half* out = y + size_t(job) * elements;

    float sum = 0;
    for (int i = 0; i < elements; ++i)
        sum += __half2float(in[i]);
    float mean = sum / elements;

    float squares = 0;
    for (int i = 0; i < elements; ++i) {
        float distance = __half2float(in[i]) - mean;
        squares += distance * distance;
    }
    float scale = 1.0f / sqrtf(squares / elements + eps);

    for (int k = 0; k < per_group; ++k) {
        int channel = group * per_group + k;
        for (int p = 0; p < pixels; ++p) {
            size_t at = size_t(k) * pixels + p;
            float z = (__half2float(in[at]) - mean) * scale * gamma[channel] + beta[channel];
            out[at] = __float2half(z / (1.0f + expf(-z)));
        }
    }
}
