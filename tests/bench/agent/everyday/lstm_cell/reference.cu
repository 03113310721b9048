// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each unit, in float64.
//
// warploom: let TOTAL = batch * hidden
// warploom: launch lstm_reference<<<ceil_div(TOTAL, 128), 128>>>(gx, gh, bias, c_prev, h, c, TOTAL, hidden)

#include <cuda_fp16.h>

extern "C" __global__ void lstm_reference(const __half* gx, const __half* gh, const float* bias, const float* c_prev,
                                          double* h, double* c, long long total, long long hidden)
{
    long long e = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (e >= total)
        return;
    double gate[4];
    for (int k = 0; k < 4; ++k) {
        long long at = (e / hidden * 4 + k) * hidden + e % hidden;
        gate[k] = double(__half2float(gx[at])) + double(__half2float(gh[at])) + double(bias[k * hidden + e % hidden]);
    }
    double cell = double(c_prev[e]) / (1 + exp(-gate[1])) + tanh(gate[2]) / (1 + exp(-gate[0]));
    c[e] = cell;
    h[e] = tanh(cell) / (1 + exp(-gate[3]));
}
