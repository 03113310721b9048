// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Vector addition: one thread, one element, one 4-byte load from each input.
//
// warploom: tune BLOCK = 256 128 512 64 1024 32
// warploom: launch vector_add<<<ceil_div(n, BLOCK), BLOCK>>>(a, b, c, n)

extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        c[i] = a[i] + b[i];
}
