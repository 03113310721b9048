// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each result, in float64.
//
// warploom: let TOTAL = days * assets
// warploom: launch beta_reference<<<ceil_div(TOTAL, 128), 128>>>(ret, mkt, beta, TOTAL, assets, window)

extern "C" __global__ void beta_reference(const float* ret, const float* mkt, double* beta, long long total, long long assets,
                                          long long window)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= total)
        return;
    long long day = i / assets;
    double r = 0, m = 0, rm = 0, mm = 0;
    for (long long t = day; t < day + window; ++t) {
        double a = ret[t * assets + i % assets], b = mkt[t];
        r += a;
        m += b;
        rm += a * b;
        mm += b * b;
    }
    beta[i] = (rm - r * m / double(window)) / (mm - m * m / double(window));
}
