// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// In 64-bit integers, one thread for each result.
//
// warploom: let TOTAL = tokens * out_features
// warploom: launch qlinear_reference<<<ceil_div(TOTAL, 128), 128>>>(x, w, w_zp, bias, mult, y, TOTAL, in_features, out_features, x_zp, y_zp)

extern "C" __global__ void qlinear_reference(const unsigned char* x, const signed char* w, const signed char* w_zp,
                                             const int* bias, const int* mult, unsigned char* y, long long total,
                                             long long in_features, long long out_features, int x_zp, int y_zp)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= total)
        return;
    long long o = i % out_features;
    long long t = i / out_features;
    long long acc = bias[o];
    for (long long k = 0; k < in_features; ++k)
        acc += (long long)(x[t * in_features + k] - x_zp) * (w[o * in_features + k] - w_zp[o]);
    long long v = ((acc * mult[o] + 1073741824ll) >> 31) + y_zp;
    y[i] = v < 0 ? 0 : v > 255 ? 255 : (unsigned char)v;
}
