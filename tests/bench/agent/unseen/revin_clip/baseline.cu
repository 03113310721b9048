// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// RevIN: every series (batch, channel) is normalised over time with its own mean and standard deviation, scaled, shifted
// and clipped. The first kernel collects the statistics, one thread per series (neighbouring threads take neighbouring
// channels); the second one normalises, element by element.
//
// warploom: let NUM_BLOCKS = min(ceil_div(batch * steps * channels, 256), 4096)
// warploom: launch revin_statistics<<<dim3(ceil_div(channels, 128), batch), 128>>>(x, mean, stdev, steps, channels, eps)
// warploom: launch revin_normalize<<<NUM_BLOCKS, 256>>>(x, mean, stdev, gamma, beta, y, batch, steps, channels, limit)

#include <cuda_fp16.h>

extern "C" __global__ void revin_statistics(const half* x, float* mean, float* stdev, int n_steps, int n_channels,
                                            float eps)
{
    int ch = blockIdx.x * blockDim.x + threadIdx.x;
    int b = blockIdx.y;
    if (ch >= n_channels) return;

    const half* series = x + (long)b * n_steps * n_channels + ch;

    float s = 0.f;
    for (int t = 0; t < n_steps; t++)
        s += __half2float(series[(long)t * n_channels]);
    float mu = s / n_steps;

    float ss = 0.f;
    for (int t = 0; t < n_steps; t++) {
        float d = __half2float(series[(long)t * n_channels]) - mu;
        ss += d * d;
    }

    mean[b * n_channels + ch] = mu;
    stdev[b * n_channels + ch] = sqrtf(ss / n_steps + eps);
}

extern "C" __global__ void revin_normalize(const half* x, const float* mean, const float* stdev, const float* gamma,
                                           const float* beta, half* y, int n_batch, int n_steps, int n_channels,
                                           float limit)
{
    long total = (long)n_batch * n_steps * n_channels;
    long stride = (long)gridDim.x * blockDim.x;
    for (long i = (long)blockIdx.x * blockDim.x + threadIdx.x; i < total; i += stride) {
        int ch = i % n_channels;
        int b = i / ((long)n_steps * n_channels);
        float v = (__half2float(x[i]) - mean[b * n_channels + ch]) / stdev[b * n_channels + ch];
        v = v * gamma[ch] + beta[ch];
        if (v > limit) v = limit;
        if (v < -limit) v = -limit;
        y[i] = __float2half(v);
    }
}
