// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// vector_add: one block.
// expects: vectorize
// warploom: launch k<<<1, 256>>>(a, b, c, n)
__global__ void k(const float* a, const float* b, float* c, int n)
{
    for (int i = threadIdx.x; i < n; i += blockDim.x) c[i] = a[i] + b[i];
}
