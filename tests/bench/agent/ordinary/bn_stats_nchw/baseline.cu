// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// training-mode batch norm, statistics only: one block per channel
//
// warploom: launch batchnorm_stats_kernel<<<c, 256>>>(x, mean, invstd, running_mean, running_var, n, c, hw, momentum, eps)

extern "C" __global__ void batchnorm_stats_kernel(const float* x, float* mean, float* invstd, float* running_mean,
                                                  float* running_var, int N, int C, int HW, float momentum, float eps)
{
    __shared__ float sdata[256];
    __shared__ float mu;

    int c = blockIdx.x;
    int tid = threadIdx.x;

    // first pass: mean
    float sum = 0.0f;
    for (int n = 0; n < N; n++)
        for (int i = tid; i < HW; i += blockDim.x)
            sum += x[(n * C + c) * HW + i];
    sdata[tid] = sum;
    __syncthreads();

    for (unsigned int s = 1; s < blockDim.x; s *= 2) {
        if (tid % (2 * s) == 0)
            sdata[tid] += sdata[tid + s];
        __syncthreads();
    }
    if (tid == 0)
        mu = sdata[0] / ((float)N * HW);
    __syncthreads();

    // second pass: sum of squared deviations
    float sq = 0.0f;
    for (int n = 0; n < N; n++)
        for (int i = tid; i < HW; i += blockDim.x)
            sq += powf(x[(n * C + c) * HW + i] - mu, 2);
    sdata[tid] = sq;
    __syncthreads();

    for (unsigned int s = 1; s < blockDim.x; s *= 2) {
        if (tid % (2 * s) == 0)
            sdata[tid] += sdata[tid + s];
        __syncthreads();
    }

    if (tid == 0) {
        float count = (float)N * HW;
        float var = sdata[0] / count;
        float unbiased = sdata[0] / (count - 1);
        mean[c] = mu;
        invstd[c] = 1.0 / sqrt(var + eps);
        running_mean[c] = (1.0 - momentum) * running_mean[c] + momentum * mu;
        running_var[c] = (1.0 - momentum) * running_var[c] + momentum * unbiased;
    }
}
