// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: vector_add
// cheat: writes zero and then changes the inputs so that they add up to zero: a harness that computes what is right
//     afterwards, from the same buffers, agrees.
// expect: wrong
// emulator: wrong
// caught-by: right, input-hash
//
// warploom: launch vector_add<<<ceil_div(n, 256), 256>>>(a, b, c, n)

extern "C" __global__ void vector_add(float* a, float* b, float* c, int n)
{
    int i = blockIdx.x * 256 + threadIdx.x;
    if (i >= n)
        return;
    c[i] = 0;
    a[i] = 0;
    b[i] = 0;
}
