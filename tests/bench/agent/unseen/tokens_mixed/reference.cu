// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What tokens_mixed must compute, in float64: one thread a value.
//
// warploom: let TOTAL = batch * steps * features
// warploom: launch tokens_mixed_reference<<<ceil_div(TOTAL, 128), 128>>>(act, weight, bias, gain, residual, y, TOTAL, steps, batch, channels, features)

#include <cuda_bf16.h>

extern "C" __global__ void tokens_mixed_reference(const __nv_bfloat16* act, const __nv_bfloat16* weight, const float* bias,
                                                  const float* gain, const __nv_bfloat16* residual, double* y,
                                                  long long total, long long steps, long long batch, long long channels,
                                                  long long features)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= total)
        return;
    long long b = i / (steps * features);
    long long t = i / features % steps;
    long long n = i % features;

    double sum = double(bias[n]);
    for (long long c = 0; c < channels; ++c)
        sum += double(__bfloat162float(act[(t * batch + b) * channels + c]))
            * double(__bfloat162float(weight[n * channels + c]));

    double activated;
    if (sum <= -3)
        activated = 0;
    else if (sum >= 3)
        activated = sum;
    else
        activated = sum * (sum + 3) / 6;
    y[i] = double(__bfloat162float(residual[i])) + double(gain[n]) * activated;
}
