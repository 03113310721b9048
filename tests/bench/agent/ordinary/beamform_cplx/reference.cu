// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each complex result, in float64.
//
// warploom: let TOTAL = nbin * nbeam * nsnap
// warploom: launch beamform_reference<<<ceil_div(TOTAL, 128), 128>>>(w, x, y, TOTAL, nant, nbeam, nsnap)

extern "C" __global__ void beamform_reference(const float* w, const float* x, double* y, long long total,
                                              long long nant, long long nbeam, long long nsnap)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= total)
        return;
    long long t = i % nsnap;
    long long b = i / nsnap % nbeam;
    long long f = i / nsnap / nbeam;
    double re = 0;
    double im = 0;
    for (long long a = 0; a < nant; ++a) {
        const float* p = w + 2 * ((f * nant + a) * nbeam + b);
        const float* q = x + 2 * ((f * nant + a) * nsnap + t);
        double wr = p[0], wi = p[1], xr = q[0], xi = q[1];
        re += wr * xr + wi * xi;
        im += wr * xi - wi * xr;
    }
    y[2 * i] = re;
    y[2 * i + 1] = im;
}
