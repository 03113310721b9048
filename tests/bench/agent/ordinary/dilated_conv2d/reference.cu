// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each result, in float64.
//
// warploom: let TOTAL = n * c_out * h * w
// warploom: launch conv_reference<<<ceil_div(TOTAL, 128), 128>>>(x, weight, bias, y, TOTAL, c_in, c_out, h, w, dil, slope)

extern "C" __global__ void conv_reference(const float* x, const float* weight, const float* bias, double* y,
                                          long long total, long long c_in, long long c_out, long long h, long long w,
                                          long long dil, float slope)
{
    long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= total)
        return;
    long long j = at % w;
    long long i = at / w % h;
    long long o = at / w / h % c_out;
    long long n = at / w / h / c_out;
    double v = bias[o];
    for (long long c = 0; c < c_in; ++c)
        for (long long p = 0; p < 3; ++p)
            for (long long q = 0; q < 3; ++q) {
                long long r = i + (p - 1) * dil;
                long long s = j + (q - 1) * dil;
                if (r < 0 || r >= h || s < 0 || s >= w)
                    continue;
                v += double(x[((n * c_in + c) * h + r) * w + s]) * double(weight[((o * c_in + c) * 3 + p) * 3 + q]);
            }
    y[at] = v > 0 ? v : double(slope) * v;
}
