// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What vocoder_resblock must compute, in float64: one thread an element.
//
// warploom: let TOTAL = batch * channels * time
// warploom: launch vocoder_resblock_reference<<<ceil_div(TOTAL, 128), 128>>>(input, weight, bias, output, TOTAL, channels, time, taps, dilation, negative_slope)

#include <cuda_fp16.h>

extern "C" __global__ void vocoder_resblock_reference(const __half* input, const __half* weight, const __half* bias,
                                                      double* output, long long total, long long channels,
                                                      long long time, long long taps, long long dilation,
                                                      float negative_slope)
{
    long long at = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (at >= total)
        return;
    long long t = at % time;
    long long o = at / time % channels;
    long long n = at / time / channels;

    double sum = 0;
    for (long long k = 0; k < taps; ++k) {
        long long from = t + k * dilation - (taps - 1) * dilation / 2;
        if (from < 0 || from >= time)
            continue;
        for (long long c = 0; c < channels; ++c) {
            double x = double(__half2float(input[(n * channels + c) * time + from]));
            if (x < 0)
                x *= double(negative_slope);
            sum += x * double(__half2float(weight[(o * channels + c) * taps + k]));
        }
    }
    output[at] = sum + double(__half2float(bias[o])) + double(__half2float(input[at]));
}
