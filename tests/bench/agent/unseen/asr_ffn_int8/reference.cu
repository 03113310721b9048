// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What asr_ffn_int8 must compute, in float64: one thread a value.
//
// warploom: let TOTAL = streams * steps * d_ff
// warploom: launch asr_ffn_int8_reference<<<ceil_div(TOTAL, 256), 256>>>(x, x_scale, w, w_scale, bias, n_frames, y, TOTAL, streams, steps, d_model, d_ff)

#include <cuda_fp16.h>

extern "C" __global__ void asr_ffn_int8_reference(const signed char* x, const float* x_scale, const signed char* w,
                                                  const float* w_scale, const float* bias, const int* n_frames,
                                                  double* y, long long total, long long streams, long long steps,
                                                  long long d_model, long long d_ff)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= total)
        return;
    long long f = i % d_ff;
    long long t = i / d_ff % steps;
    long long s = i / d_ff / steps;
    if (t >= n_frames[s]) {
        y[i] = 0;
        return;
    }

    long long sum = 0;
    for (long long k = 0; k < d_model; ++k)
        sum += (long long)(x[(t * streams + s) * d_model + k]) * w[f * d_model + k];
    double v = double(sum) * double(x_scale[t * streams + s]) * double(w_scale[f]) + double(bias[f]);

    double softplus = v > 40 ? v - 4 : log(1 + exp(v - 4));
    y[i] = softplus - 0.08 * v - 0.035;
}
