// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What legendre_analysis must compute, in float64: one thread a real number.
//
// warploom: let TOTAL = fields * lmax * mmax * 2
// warploom: launch legendre_analysis_reference<<<ceil_div(TOTAL, 256), 256>>>(fourier, pct, damp, spec, TOTAL, nlat, lmax, mmax)

extern "C" __global__ void legendre_analysis_reference(const float* fourier, const float* pct, const float* damp, double* spec,
                                                       long long total, long long nlat, long long lmax, long long mmax)
{
    long long at = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (at >= total)
        return;
    long long part = at % 2;
    long long m = at / 2 % mmax;
    long long l = at / 2 / mmax % lmax;
    long long f = at / 2 / mmax / lmax;

    double sum = 0;
    if (l >= m) {
        for (long long k = 0; k < nlat; ++k)
            sum += double(pct[(m * lmax + l) * nlat + k]) * double(fourier[((f * nlat + k) * (mmax + 1) + m) * 2 + part]);
    }
    spec[at] = double(damp[l]) * sum;
}
