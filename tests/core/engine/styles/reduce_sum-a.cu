// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// reduce_sum: grid-stride sums and an atomic.
// expects: accumulate-local
// warploom: zero y
// warploom: launch k<<<1024, 256>>>(x, y, n)
__global__ void k(const float* x, double* y, int n)
{
    double s = 0;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) s += x[i];
    atomicAdd(y, s);
}
