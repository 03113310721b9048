// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each result, in float64.
//
// warploom: let TOTAL = n * k * pixels
// warploom: launch pwconv_reference<<<ceil_div(TOTAL, 128), 128>>>(x, weight, bias, out, TOTAL, c, k, pixels)

#include <cuda_fp16.h>

extern "C" __global__ void pwconv_reference(const __half* x, const __half* weight, const float* bias, double* out,
                                            long long total, long long c, long long k, long long pixels)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= total)
        return;
    long long p = i % pixels, o = i / pixels % k, n = i / pixels / k;
    double sum = bias[o];
    for (long long e = 0; e < c; ++e)
        sum += double(__half2float(weight[o * c + e])) * double(__half2float(x[(n * c + e) * pixels + p]));
    out[i] = fmin(6.0, fmax(0.0, sum));
}
