// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// warploom: let MEAN_BLOCKS = ceil_div(vars, 256)
// warploom: let GX = ceil_div(vars, 32)
// warploom: let GY_OBS = ceil_div(obs, 8)
// warploom: let GY_VARS = ceil_div(vars, 8)
// warploom: scratch centered f32[obs, vars]
// warploom: launch mean_kernel<<<MEAN_BLOCKS, 256>>>(mean, data, vars, obs)
// warploom: launch center_kernel<<<dim3(GX, GY_OBS), dim3(32, 8)>>>(mean, data, centered, vars, obs)
// warploom: launch covar_kernel<<<dim3(GX, GY_VARS), dim3(32, 8)>>>(cov, centered, vars, obs)

typedef float DATA_TYPE;

// mean of every column
__global__ void mean_kernel(DATA_TYPE *mean, const DATA_TYPE *data, int M, int N)
{
    int j = blockIdx.x * blockDim.x + threadIdx.x;

    if (j < M)
    {
        mean[j] = 0.0;
        for (int i = 0; i < N; i++)
        {
            mean[j] += data[i * M + j];
        }
        mean[j] /= (DATA_TYPE)N;
    }
}

// subtract it
__global__ void center_kernel(const DATA_TYPE *mean, const DATA_TYPE *data, DATA_TYPE *centered, int M, int N)
{
    int j = blockIdx.x * blockDim.x + threadIdx.x;
    int i = blockIdx.y * blockDim.y + threadIdx.y;

    if ((i < N) && (j < M))
    {
        centered[i * M + j] = data[i * M + j] - mean[j];
    }
}

// M x M result; it is symmetric, so one half is enough
__global__ void covar_kernel(DATA_TYPE *symmat, const DATA_TYPE *data, int M, int N)
{
    int j2 = blockIdx.x * blockDim.x + threadIdx.x;
    int j1 = blockIdx.y * blockDim.y + threadIdx.y;

    if ((j1 < M) && (j2 < M) && (j2 >= j1))
    {
        DATA_TYPE acc = 0.0;
        for (int i = 0; i < N; i++)
        {
            acc += data[i * M + j1] * data[i * M + j2];
        }
        acc = acc / (N - 1.0);
        symmat[j1 * M + j2] = acc;
        symmat[j2 * M + j1] = acc;
    }
}
