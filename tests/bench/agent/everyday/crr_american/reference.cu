// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// In float64, a block for each option; the payoffs come from a table of the 2 * steps + 1 prices of the lattice.
//
// warploom: launch crr_reference<<<options, 128>>>(spot, strike, years, price, steps, rate, vol)

extern "C" __global__ void crr_reference(const float* spot, const float* strike, const float* years, double* price, int n,
                                         float rate, float vol)
{
    __shared__ double value[1025];
    __shared__ double asset[2049];
    double s = spot[blockIdx.x], x = strike[blockIdx.x];
    double dt = double(years[blockIdx.x]) / n;
    double step = double(vol) * sqrt(dt);
    double u = exp(step), d = exp(-step), growth = exp(double(rate) * dt);
    double p = (growth - d) / (u - d);
    for (int i = threadIdx.x; i <= 2 * n; i += blockDim.x)
        asset[i] = s * exp(step * (i - n));
    __syncthreads();
    for (int i = threadIdx.x; i <= n; i += blockDim.x)
        value[i] = fmax(x - asset[2 * i], 0.0);
    __syncthreads();
    for (int level = n - 1; level >= 0; --level) {
        for (int base = 0; base <= level; base += blockDim.x) {
            int i = base + threadIdx.x;
            double v = 0;
            if (i <= level)
                v = fmax((p * value[i + 1] + (1 - p) * value[i]) / growth, x - asset[2 * i - level + n]);
            __syncthreads();
            if (i <= level)
                value[i] = v;
            __syncthreads();
        }
    }
    if (threadIdx.x == 0)
        price[blockIdx.x] = value[0];
}
