// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// reduce_sum: strides of the grid, shuffles, a slot a warp, one addition a block.
// moves: accumulate-local
// warploom: zero y
// warploom: launch k<<<1024, 256>>>(x, y, n)
__device__ double warp_sum(double v)
{
    for (int o = 16; o > 0; o >>= 1) v += __shfl_down_sync(0xffffffffu, v, o);
    return v;
}
__global__ void k(const float* x, double* y, int n)
{
    __shared__ double slots[8];
    double s = 0;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) s += x[i];
    s = warp_sum(s);
    if ((threadIdx.x & 31) == 0) slots[threadIdx.x >> 5] = s;
    __syncthreads();
    if (threadIdx.x < 32) {
        s = threadIdx.x < 8 ? slots[threadIdx.x] : 0;
        s = warp_sum(s);
        if (threadIdx.x == 0) atomicAdd(y, s);
    }
}
