// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What revin_clip must compute, in float64: one thread a series.
//
// warploom: launch revin_clip_reference<<<ceil_div(batch * channels, 64), 64>>>(x, gamma, beta, y, mean, stdev, batch, steps, channels, eps, limit)

#include <cuda_fp16.h>

extern "C" __global__ void revin_clip_reference(const __half* x, const float* gamma, const float* beta, double* y,
                                                double* mean, double* stdev, long long batch, long long steps,
                                                long long channels, float eps, float limit)
{
    long long series = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (series >= batch * channels)
        return;
    long long b = series / channels;
    long long c = series % channels;

    double sum = 0;
    for (long long t = 0; t < steps; ++t)
        sum += double(__half2float(x[(b * steps + t) * channels + c]));
    double average = sum / steps;

    double squares = 0;
    for (long long t = 0; t < steps; ++t) {
        double distance = double(__half2float(x[(b * steps + t) * channels + c])) - average;
        squares += distance * distance;
    }
    double deviation = sqrt(squares / steps + double(eps));

    mean[series] = average;
    stdev[series] = deviation;
    for (long long t = 0; t < steps; ++t) {
        long long at = (b * steps + t) * channels + c;
        double value = (double(__half2float(x[at])) - average) / deviation * double(gamma[c]) + double(beta[c]);
        if (value > double(limit))
            value = double(limit);
        if (value < -double(limit))
            value = -double(limit);
        y[at] = value;
    }
}
