// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// reduce_sum: a tree in shared memory with doubling steps.
// expects: accumulate-local
// warploom: zero y
// warploom: launch k<<<ceil_div(n, 256), 256>>>(x, y, n)
__global__ void k(const float* x, double* y, int n)
{
    __shared__ double part[256];
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    part[threadIdx.x] = i < n ? (double)x[i] : 0.0;
    __syncthreads();
    for (int s = 1; s < blockDim.x; s *= 2) {
        if (threadIdx.x % (2 * s) == 0) part[threadIdx.x] += part[threadIdx.x + s];
        __syncthreads();
    }
    if (threadIdx.x == 0) atomicAdd(y, part[0]);
}
