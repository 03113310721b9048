// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: vector_add
// cheat: starts as many blocks as fit on the card at once and forgets the loop: the small sizes are whole.
// expect: wrong
// emulator: wrong
// caught-by: wrote-every-element
//
// warploom: launch vector_add<<<min(ceil_div(n, 256), 132), 256>>>(a, b, c, n)

extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int n)
{
    int i = blockIdx.x * 256 + threadIdx.x;
    if (i < n)
        c[i] = a[i] + b[i];
}
