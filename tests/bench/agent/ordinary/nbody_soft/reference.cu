// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread a body, in float64.
//
// warploom: launch nbody_reference<<<ceil_div(n, 64), 64>>>(pos, mass, acc, n, G, eps)

extern "C" __global__ void nbody_reference(const float* pos, const float* mass, double* acc, long long n, float G,
                                           float eps)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    double sum[3] = {0, 0, 0};
    for (long long j = 0; j < n; ++j) {
        double d[3];
        double square = double(eps) * double(eps);
        for (int c = 0; c < 3; ++c) {
            d[c] = double(pos[3 * j + c]) - double(pos[3 * i + c]);
            square += d[c] * d[c];
        }
        double factor = double(mass[j]) / (square * sqrt(square));
        for (int c = 0; c < 3; ++c)
            sum[c] += factor * d[c];
    }
    for (int c = 0; c < 3; ++c)
        acc[3 * i + c] = double(G) * sum[c];
}
