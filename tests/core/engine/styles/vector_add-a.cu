// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// vector_add: grid-stride.
// expects: vectorize
// warploom: launch k<<<1024, 256>>>(a, b, c, n)
__global__ void k(const float* a, const float* b, float* c, int n)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) c[i] = a[i] + b[i];
}
