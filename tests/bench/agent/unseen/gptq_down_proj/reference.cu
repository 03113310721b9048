// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What gptq_down_proj must compute, in float64: one thread a value.
//
// warploom: let TOTAL = tokens * features
// warploom: launch gptq_down_proj_reference<<<ceil_div(TOTAL, 256), 256>>>(x, qweight, scales, zeros, residual, y, TOTAL, words, group_words, features)

#include <cuda_fp16.h>

extern "C" __global__ void gptq_down_proj_reference(const __half* x, const unsigned int* qweight, const __half* scales,
                                                    const unsigned char* zeros, const __half* residual, double* y,
                                                    long long total, long long words, long long group_words,
                                                    long long features)
{
    long long at = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (at >= total)
        return;
    long long o = at % features;
    long long t = at / features;

    double sum = double(__half2float(residual[at]));
    for (long long k = 0; k < 8 * words; ++k) {
        long long group = k / (8 * group_words) * features + o;
        int level = int(qweight[k / 8 * features + o] >> (4 * (k % 8)) & 15);
        double weight = double(__half2float(scales[group])) * double(level - int(zeros[group]));
        sum += double(__half2float(x[t * 8 * words + k])) * weight;
    }
    y[at] = sum;
}
