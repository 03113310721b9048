// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// warploom: launch ema_kernel<float><<<ceil_div(series, 32), 32>>>(x, alpha, ema, state, series, steps)

template <class T>
__device__ void lerp_into(T &s, T x, T a)
{
    s += a * (x - s);
}

template <class T>
__global__ void ema_kernel(const T *__restrict__ x, const T *__restrict__ alpha, T *__restrict__ ema,
                           T *__restrict__ state, unsigned long n_series, unsigned long n_steps)
{
    unsigned long r = blockIdx.x * blockDim.x + threadIdx.x;
    if (r < n_series) {
        T s = state[r];
        for (unsigned long t = 0; t != n_steps; ++t) {
            lerp_into(s, x[r * n_steps + t], alpha[r]);
            ema[r * n_steps + t] = s;
        }
        state[r] = s;
    }
}
