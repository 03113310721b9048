// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// layernorm: mean and variance one after the other, results in shared scalars.
// moves: row-per-block keep-row
// warploom: launch ln<<<rows, 512>>>(x, gamma, beta, y, rows, cols, eps)
__device__ __forceinline__ float block_sum(float v, float* buf)
{
    const int tid = threadIdx.x;
    buf[tid] = v;
    __syncthreads();
    for (int stride = blockDim.x >> 1; stride >= 1; stride = stride >> 1) {
        if (tid < stride) buf[tid] = buf[tid] + buf[tid + stride];
        __syncthreads();
    }
    const float total = buf[0];
    __syncthreads();
    return total;
}
__global__ void ln(const float* __restrict__ x, const float* __restrict__ gamma, const float* __restrict__ beta, float* __restrict__ y, int rows, int cols, float eps)
{
    __shared__ float buf[512];
    __shared__ float mean, inv_std;
    const size_t base = (size_t)blockIdx.x * cols;
    float part = 0.0f;
    for (int c = threadIdx.x; c < cols; c += blockDim.x) part += x[base + c];
    float sum = block_sum(part, buf);
    if (threadIdx.x == 0) mean = sum / cols;
    __syncthreads();
    part = 0.0f;
    for (int c = threadIdx.x; c < cols; c += blockDim.x) {
        const float d = x[base + c] - mean;
        part += d * d;
    }
    sum = block_sum(part, buf);
    if (threadIdx.x == 0) inv_std = rsqrtf(sum / cols + eps);
    __syncthreads();
    for (int c = threadIdx.x; c < cols; c += blockDim.x) y[base + c] = (x[base + c] - mean) * inv_std * gamma[c] + beta[c];
}
