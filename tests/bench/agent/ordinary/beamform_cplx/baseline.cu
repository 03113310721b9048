// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// y_f = W_f^H X_f for every frequency bin f
//
// warploom: let GX = ceil_div(nsnap, 16)
// warploom: let GY = ceil_div(nbeam, 16)
// warploom: launch beamform<<<dim3(GX, GY, nbin), dim3(16, 16)>>>(w, x, y, nant, nbeam, nsnap)

struct cf32 {
    float re, im;
};

__device__ cf32 cmul(cf32 a, cf32 b)
{
    cf32 r;
    r.re = a.re * b.re - a.im * b.im;
    r.im = a.re * b.im + a.im * b.re;
    return r;
}

__device__ cf32 conj(cf32 a)
{
    a.im = -a.im;
    return a;
}

__device__ cf32 cadd(cf32 a, cf32 b)
{
    a.re += b.re;
    a.im += b.im;
    return a;
}

__global__ void beamform(const cf32 *W, const cf32 *X, cf32 *Y, unsigned int nAnt, unsigned int nBeam,
                         unsigned int nSnap)
{
    unsigned int t = blockIdx.x * blockDim.x + threadIdx.x;
    unsigned int b = blockIdx.y * blockDim.y + threadIdx.y;
    unsigned int f = blockIdx.z;

    if (t < nSnap && b < nBeam) {
        const cf32 *Wf = W + f * nAnt * nBeam;
        const cf32 *Xf = X + f * nAnt * nSnap;
        cf32 sum = {0.0f, 0.0f};
        for (unsigned int a = 0; a < nAnt; a++)
            sum = cadd(sum, cmul(conj(Wf[a * nBeam + b]), Xf[a * nSnap + t]));
        Y[(f * nBeam + b) * nSnap + t] = sum;
    }
}
