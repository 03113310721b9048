// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What group_norm_silu must compute, in float64: one thread a group of one image.
//
// warploom: let JOBS = images * groups
// warploom: let EACH = per_group * pixels
// warploom: launch group_norm_reference<<<ceil_div(JOBS, 32), 32>>>(x, gamma, beta, y, JOBS, groups, EACH, pixels, eps)

#include <cuda_fp16.h>

extern "C" __global__ void group_norm_reference(const half* x, const float* gamma, const float* beta, double* y,
                                                long long jobs, long long groups, long long elements, long long pixels,
                                                float eps)
{
    long long job = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (job >= jobs)
        return;
    const half* in = x + job * elements;
    double* out = y + job * elements;

    double mean = 0;
    for (long long i = 0; i < elements; ++i)
        mean += double(__half2float(in[i]));
    mean /= elements;

    double variance = 0;
    for (long long i = 0; i < elements; ++i) {
        double distance = double(__half2float(in[i])) - mean;
        variance += distance * distance;
    }
    variance /= elements;

    for (long long i = 0; i < elements; ++i) {
        long long channel = job % groups * (elements / pixels) + i / pixels;
        double z = (double(__half2float(in[i])) - mean) / sqrt(variance + eps) * gamma[channel] + beta[channel];
        out[i] = z / (1.0 + exp(-z));
    }
}
