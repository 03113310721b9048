// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Column means, then one thread for each element of the covariance, all in float64.
//
// warploom: let GX = ceil_div(vars, 16)
// warploom: launch mean_reference<<<ceil_div(vars, 128), 128>>>(data, mean, vars, obs)
// warploom: launch cov_reference<<<dim3(GX, GX), dim3(16, 16)>>>(data, mean, cov, vars, obs)

extern "C" __global__ void mean_reference(const float* data, double* mean, long long vars, long long obs)
{
    long long j = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (j >= vars)
        return;
    double sum = 0;
    for (long long i = 0; i < obs; ++i)
        sum += data[i * vars + j];
    mean[j] = sum / double(obs);
}

extern "C" __global__ void cov_reference(const float* data, const double* mean, double* cov, long long vars,
                                         long long obs)
{
    long long k = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    long long j = (long long)blockIdx.y * blockDim.y + threadIdx.y;
    if (j >= vars || k >= vars)
        return;
    double sum = 0;
    for (long long i = 0; i < obs; ++i)
        sum += (double(data[i * vars + j]) - mean[j]) * (double(data[i * vars + k]) - mean[k]);
    cov[j * vars + k] = sum / double(obs - 1);
}
