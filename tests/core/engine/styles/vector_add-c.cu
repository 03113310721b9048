// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// vector_add: four elements a thread, a block apart.
// expects: vectorize
// warploom: launch add4<<<ceil_div(n, 256 * 4), 256>>>(a, b, c, n)
#define ITEMS 4
__global__ void add4(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c, int n)
{
    const int base = blockIdx.x * blockDim.x * ITEMS + threadIdx.x;
    for (int j = 0; j < ITEMS; ++j) {
        const int i = base + j * blockDim.x;
        if (i < n)
            c[i] = a[i] + b[i];
    }
}
