// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// softmax: helper functions that reduce in a block, results by way of a shared scalar.
// moves: row-per-block
// warploom: launch softmax<<<rows, 256>>>(x, y, rows, cols)
#include <float.h>
__inline__ __device__ float warpReduceMax(float val)
{
#pragma unroll
    for (int offset = 16; offset > 0; offset /= 2)
        val = fmaxf(val, __shfl_down_sync(0xffffffff, val, offset));
    return val;
}
__inline__ __device__ float warpReduceSum(float val)
{
#pragma unroll
    for (int offset = 16; offset > 0; offset /= 2)
        val += __shfl_down_sync(0xffffffff, val, offset);
    return val;
}
__inline__ __device__ float blockReduceMax(float val)
{
    static __shared__ float shared[32];
    int lane = threadIdx.x % 32;
    int wid = threadIdx.x / 32;
    val = warpReduceMax(val);
    if (lane == 0) shared[wid] = val;
    __syncthreads();
    val = (threadIdx.x < blockDim.x / 32) ? shared[lane] : -FLT_MAX;
    if (wid == 0) val = warpReduceMax(val);
    return val;
}
__inline__ __device__ float blockReduceSum(float val)
{
    static __shared__ float shared[32];
    int lane = threadIdx.x % 32;
    int wid = threadIdx.x / 32;
    val = warpReduceSum(val);
    if (lane == 0) shared[wid] = val;
    __syncthreads();
    val = (threadIdx.x < blockDim.x / 32) ? shared[lane] : 0.0f;
    if (wid == 0) val = warpReduceSum(val);
    return val;
}
__global__ void softmax(const float* __restrict__ x, float* __restrict__ y, int rows, int cols)
{
    __shared__ float s_max, s_sum;
    const int row = blockIdx.x;
    if (row >= rows) return;
    const float* xr = x + (size_t)row * cols;
    float* yr = y + (size_t)row * cols;
    float thread_max = -FLT_MAX;
    for (int i = threadIdx.x; i < cols; i += blockDim.x) thread_max = fmaxf(thread_max, xr[i]);
    float block_max = blockReduceMax(thread_max);
    if (threadIdx.x == 0) s_max = block_max;
    __syncthreads();
    float thread_sum = 0.0f;
    for (int i = threadIdx.x; i < cols; i += blockDim.x) {
        float e = expf(xr[i] - s_max);
        yr[i] = e;
        thread_sum += e;
    }
    float block_sum = blockReduceSum(thread_sum);
    if (threadIdx.x == 0) s_sum = block_sum;
    __syncthreads();
    for (int i = threadIdx.x; i < cols; i += blockDim.x) yr[i] /= s_sum;
}
