// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Vector addition: one thread, one element, one 4-byte load from each input.
//
// warploom: tune ITEMS = 4 1 2 8
// warploom: launch vector_add<<<ceil_div(ceil_div(n, 256), ITEMS), 256>>>(a, b, c, n)

extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int n)
{
    #pragma unroll
    for (int item = 0; item < ITEMS; ++item) {
        int i = (blockIdx.x * ITEMS + item) * blockDim.x + threadIdx.x;
        if (i < n)
            c[i] = a[i] + b[i];
    }
}
