// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One block per option. The value of the option at every node of the current level lives in shared memory; two buffers
// are swapped while we roll back from maturity.
//
// warploom: launch binomialAmericanPut<<<options, 256>>>(spot, strike, years, price, steps, rate, vol)

#define MAX_STEPS 1024

struct Lattice {
    float vdt;   // log of the up move
    float pu;    // discounted probability up
    float pd;    // discounted probability down
};

__device__ Lattice makeLattice(float T, int N, float r, float sigma)
{
    double dt = (double)T / N;
    double u = exp(sigma * sqrt(dt));
    double d = 1.0 / u;
    double df = exp(-r * dt);
    double p = (exp(r * dt) - d) / (u - d);
    Lattice lat;
    lat.vdt = (float)(sigma * sqrt(dt));
    lat.pu = (float)(df * p);
    lat.pd = (float)(df * (1.0 - p));
    return lat;
}

__device__ inline float putPayoff(float S, float X, float vdt, int i, int level)
{
    float s = S * expf(vdt * (2.0f * i - level));
    return fmaxf(X - s, 0.0f);
}

extern "C" __global__ void binomialAmericanPut(const float *S0, const float *X0, const float *T0, float *result,
                                               int N, float r, float sigma)
{
    __shared__ float buf[2][MAX_STEPS + 1];

    const int opt = blockIdx.x;
    const float S = S0[opt];
    const float X = X0[opt];
    const Lattice lat = makeLattice(T0[opt], N, r, sigma);

    for (int i = threadIdx.x; i <= N; i += blockDim.x)
        buf[0][i] = putPayoff(S, X, lat.vdt, i, N);
    __syncthreads();

    int cur = 0;
    for (int level = N - 1; level >= 0; level--) {
        for (int i = threadIdx.x; i <= level; i += blockDim.x) {
            float hold = lat.pu * buf[cur][i + 1] + lat.pd * buf[cur][i];
            float exercise = putPayoff(S, X, lat.vdt, i, level);
            buf[cur ^ 1][i] = hold > exercise ? hold : exercise;
        }
        cur ^= 1;
        __syncthreads();
    }

    if (threadIdx.x == 0)
        result[opt] = buf[cur][0];
}
