// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Sum of a vector: every thread adds its one element to the total with a global atomic.
//
// All of them meet at one address, where the memory system takes them one after the other.
//
// warploom: zero y
// warploom: launch reduce_sum<<<ceil_div(n, 256), 256>>>(x, y, n)

extern "C" __global__ void reduce_sum(const float* x, double* y, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        atomicAdd(y, double(x[i]));
}
