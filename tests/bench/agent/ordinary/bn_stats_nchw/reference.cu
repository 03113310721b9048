// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Partial sums of a channel by 128 threads, added by one of them, twice; all in float64.
//
// warploom: launch bn_stats_reference<<<c, 128>>>(x, mean, invstd, running_mean, running_var, n, c, hw, momentum, eps)

__device__ double total(const double* part)
{
    double sum = 0;
    for (int i = 0; i < 128; ++i)
        sum += part[i];
    return sum;
}

extern "C" __global__ void bn_stats_reference(const float* x, double* mean, double* invstd, double* running_mean,
                                              double* running_var, long long n, long long c, long long hw,
                                              float momentum, float eps)
{
    __shared__ double part[128];
    long long ch = blockIdx.x;
    double count = double(n) * double(hw);

    double sum = 0;
    for (long long i = 0; i < n; ++i)
        for (long long p = threadIdx.x; p < hw; p += 128)
            sum += x[(i * c + ch) * hw + p];
    part[threadIdx.x] = sum;
    __syncthreads();
    double mu = total(part) / count;
    __syncthreads();

    double squares = 0;
    for (long long i = 0; i < n; ++i)
        for (long long p = threadIdx.x; p < hw; p += 128) {
            double d = double(x[(i * c + ch) * hw + p]) - mu;
            squares += d * d;
        }
    part[threadIdx.x] = squares;
    __syncthreads();
    if (threadIdx.x == 0) {
        double all = total(part);
        mean[ch] = mu;
        invstd[ch] = 1 / sqrt(all / count + double(eps));
        running_mean[ch] += double(momentum) * (mu - running_mean[ch]);
        running_var[ch] += double(momentum) * (all / (count - 1) - running_var[ch]);
    }
}
