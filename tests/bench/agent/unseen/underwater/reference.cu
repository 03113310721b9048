// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What underwater must compute, in float64: one thread a path, in three loops.
//
// warploom: launch underwater_reference<<<ceil_div(paths, 32), 32>>>(log_ret, dd, max_dd, paths, steps)

extern "C" __global__ void underwater_reference(const float* log_ret, double* dd, double* max_dd, long long paths,
                                                long long steps)
{
    long long p = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (p >= paths)
        return;
    double* out = dd + p * steps;

    double equity = 0;
    for (long long t = 0; t < steps; ++t) {
        equity += double(log_ret[p * steps + t]);
        out[t] = equity;
    }

    double peak = 0;
    for (long long t = 0; t < steps; ++t) {
        peak = fmax(peak, out[t]);
        out[t] = 1 - exp(out[t] - peak);
    }

    max_dd[p] = 0;
    for (long long t = 0; t < steps; ++t)
        max_dd[p] = fmax(max_dd[p], out[t]);
}
