// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Sum of a vector: every thread adds its one element to the total with a global atomic.
//
// All of them meet at one address, where the memory system takes them one after the other.
//
// warploom: tune BLOCK = 256 128 512 64 1024 32
// warploom: tune BLOCKS = 1024 256 512 2048 4096
// warploom: zero y
// warploom: launch reduce_sum<<<min(ceil_div(n, BLOCK), BLOCKS), BLOCK>>>(x, y, n)

// Over the block, whose size is a multiple of 32; every thread gets the result.
static __device__ __forceinline__ double blockSum_double(double value)
{
    __shared__ double partial[32];
    const unsigned lane = threadIdx.x % 32;
    const unsigned warps = blockDim.x / 32;
    for (int offset = 16; offset > 0; offset /= 2)
        value = value + __shfl_xor_sync(0xffffffffu, value, offset);
    __syncthreads();  // what the last call left has been read
    if (lane == 0)
        partial[threadIdx.x / 32] = value;
    __syncthreads();
    value = lane < warps ? partial[lane] : double(0);
    for (int offset = 16; offset > 0; offset /= 2)
        value = value + __shfl_xor_sync(0xffffffffu, value, offset);
    return value;
}

extern "C" __global__ void reduce_sum(const float* x, double* y, int n)
{
    double total = 0;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
        total += double(x[i]);
    }
    total = blockSum_double(total);
    if (threadIdx.x == 0)
        atomicAdd(y, total);
}
