// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// RevIN: every series (batch, channel) is normalised over time with its own mean and standard deviation, scaled, shifted
// and clipped. The first kernel collects the statistics, one thread per series (neighbouring threads take neighbouring
// channels); the second one normalises, element by element.
//
// warploom: tune BLOCK = 512 256 1024 128 64 32
// warploom: tune COLUMNS = 64 32 128
// warploom: tune COLUMN_STEPS = 8 4 16 2 32 1 64
// warploom: require BLOCK % COLUMNS == 0
// warploom: launch revin_statistics_revin_normalize<<<dim3(ceil_div(channels, COLUMNS), batch), BLOCK>>>(x, mean, stdev, steps, channels, eps, gamma, beta, y, limit)

#include <cuda_fp16.h>

// Over the threads of the block that share a column, every COLUMNSth; each of them gets the result.
static __device__ __forceinline__ float columnSum(float value)
{
    __shared__ float partial[1024];
    __syncthreads();  // what the last call left has been read
    partial[threadIdx.x] = value;
    __syncthreads();
    value = partial[threadIdx.x % COLUMNS];
    for (unsigned at = threadIdx.x % COLUMNS + COLUMNS; at < blockDim.x; at += COLUMNS)
        value = value + partial[at];
    return value;
}

extern "C" __global__ void __launch_bounds__(BLOCK) revin_statistics_revin_normalize(const half* x, float* mean, float* stdev, int n_steps,
    int n_channels, float eps, const float* gamma,
    const float* beta, half* y, float limit)
{
    int ch = blockIdx.x * COLUMNS + threadIdx.x % COLUMNS;
    int b = blockIdx.y;
    if (ch >= n_channels) return;
    const half* series = x + (long)b * n_steps * n_channels + ch;

    float s = 0.f;
    // Squares in the same pass: each thread adds up those of the distances from the mean of what it has seen.
    const float origin = n_steps > 0 ? __half2float(series[(long)0 * n_channels]) : 0.0f;
    float middle = 0;
    float spread = 0;
    float seen = 0;
    // What this thread reads of its column stays in registers between the loops; what does not fit is read again.
    half x_column[COLUMN_STEPS];
    #pragma unroll
    for (int step = 0; step < COLUMN_STEPS; ++step) {
        const int t = step * (blockDim.x / COLUMNS) + threadIdx.x / COLUMNS;
        if (t < n_steps)
            x_column[step] = series[(long)t * n_channels];
    }
    #pragma unroll
    for (int step = 0; step < COLUMN_STEPS; ++step) {
        const int t = step * (blockDim.x / COLUMNS) + threadIdx.x / COLUMNS;
        if (t < n_steps) {
            const float entry = __half2float(x_column[step]) - origin;
            const float ahead = entry - middle;
            seen += 1;
            middle += __fdividef(ahead, seen);
            spread += ahead * (entry - middle);
            s += __half2float(x_column[step]);
        }
    }
    for (int t = COLUMN_STEPS * (blockDim.x / COLUMNS) + threadIdx.x / COLUMNS; t < n_steps; t += blockDim.x / COLUMNS) {
        const float entry = __half2float(series[(long)t * n_channels]) - origin;
        const float ahead = entry - middle;
        seen += 1;
        middle += __fdividef(ahead, seen);
        spread += ahead * (entry - middle);
        s += __half2float(series[(long)t * n_channels]);
    }
    s = columnSum(s);
    float mu = s / n_steps;

    float ss = 0.f;
    if (seen > 0) {
        const float off = middle - (mu - origin);  // from the mean of all to the thread's own
        ss += spread + seen * off * off;
    }
    ss = columnSum(ss);

    const float mean_value = mu;
    if (threadIdx.x / COLUMNS == 0)
        mean[b * n_channels + ch] = mean_value;
    const float stdev_value = sqrtf(ss / n_steps + eps);
    if (threadIdx.x / COLUMNS == 0)
        stdev[b * n_channels + ch] = stdev_value;
    #pragma unroll
    for (int step = 0; step < COLUMN_STEPS; ++step) {
        const int t = step * (blockDim.x / COLUMNS) + threadIdx.x / COLUMNS;
        if (t < n_steps) {
            const long i = (static_cast<long>(b) * n_steps + t) * n_channels + ch;
            float v = (__half2float(x_column[step]) - mean_value) / stdev_value;
            v = v * gamma[ch] + beta[ch];
            if (v > limit) v = limit;
            if (v < -limit) v = -limit;
            y[i] = __float2half(v);
        }
    }
    for (int t = COLUMN_STEPS * (blockDim.x / COLUMNS) + threadIdx.x / COLUMNS; t < n_steps; t += blockDim.x / COLUMNS) {
        const long i = (static_cast<long>(b) * n_steps + t) * n_channels + ch;
        float v = (__half2float(x[i]) - mean_value) / stdev_value;
        v = v * gamma[ch] + beta[ch];
        if (v > limit) v = limit;
        if (v < -limit) v = -limit;
        y[i] = __float2half(v);
    }
}
