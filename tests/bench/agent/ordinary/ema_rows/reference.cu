// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread a row, in float64.
//
// warploom: launch ema_reference<<<ceil_div(series, 64), 64>>>(x, alpha, ema, state, series, steps)

extern "C" __global__ void ema_reference(const float* x, const float* alpha, double* ema, double* state,
                                         long long series, long long steps)
{
    long long r = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (r >= series)
        return;
    double a = alpha[r];
    double s = state[r];
    for (long long t = 0; t < steps; ++t) {
        s += a * (double(x[r * steps + t]) - s);
        ema[r * steps + t] = s;
    }
    state[r] = s;
}
