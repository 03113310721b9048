// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Vector addition: one thread, one element, one 4-byte load from each input.
//
// warploom: tune BLOCKS = 528 1056 792 660 396 264 132 2112
// warploom: launch vector_add<<<min(ceil_div(n, 256), BLOCKS), 256>>>(a, b, c, n, ceil_div(n, 256))

extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int n, unsigned blocks)
{
    // blocks turns, taken by as many blocks as run at once.
    for (unsigned block = blockIdx.x; block < blocks; block += gridDim.x) {
        int i = block * blockDim.x + threadIdx.x;
        if (i < n)
            c[i] = a[i] + b[i];
    }
}
