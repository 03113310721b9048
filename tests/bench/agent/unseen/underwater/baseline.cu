// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Underwater curve and maximum drawdown of every path of a backtest, from log returns. One thread walks one path. The
// high-water mark starts at the initial capital, so a path that only loses is under water from the first day on.
//
// warploom: launch drawdown_kernel<<<ceil_div(paths, 256), 256>>>(log_ret, dd, max_dd, paths, steps)

__device__ inline float drawdown(float equity, float hwm)
{
    return 1.0f - expf(equity - hwm);
}

extern "C" __global__ void drawdown_kernel(const float* log_ret, float* dd, float* max_dd, int n_paths, int n_steps)
{
    int path = blockIdx.x * blockDim.x + threadIdx.x;
    if (path >= n_paths)
        return;

    const float* ret = log_ret + (size_t)path * n_steps;
    float* out = dd + (size_t)path * n_steps;

    float equity = 0.0f;  // log of wealth over initial capital
    float hwm = 0.0f;     // high-water mark
    float worst = 0.0f;
    for (int t = 0; t < n_steps; t++) {
        equity += *ret++;
        hwm = equity > hwm ? equity : hwm;
        float d = drawdown(equity, hwm);
        if (d > worst)
            worst = d;
        *out++ = d;
    }
    max_dd[path] = worst;
}
