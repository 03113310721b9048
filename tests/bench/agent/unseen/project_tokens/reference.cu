// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What project_tokens must compute, in float64: one thread a value.
//
// warploom: let TOTAL = images * pixels * width
// warploom: launch project_tokens_reference<<<ceil_div(TOTAL, 256), 256>>>(x, w, bias, pos, y, TOTAL, channels, pixels, width)

#include <cuda_bf16.h>

extern "C" __global__ void project_tokens_reference(const __nv_bfloat16* x, const __nv_bfloat16* w, const float* bias,
                                                    const __nv_bfloat16* pos, double* y, long long total,
                                                    long long channels, long long pixels, long long width)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= total)
        return;
    long long o = i % width;
    long long p = i / width % pixels;
    long long image = i / width / pixels;

    double sum = 0;
    for (long long c = 0; c < channels; ++c)
        sum += double(__bfloat162float(x[(image * channels + c) * pixels + p]))
            * double(__bfloat162float(w[o * channels + c]));
    double v = sum + double(bias[o]);
    double gate = v + 3;
    if (gate < 0)
        gate = 0;
    if (gate > 6)
        gate = 6;
    y[i] = v * gate / 6 + double(__bfloat162float(pos[p * width + o]));
}
