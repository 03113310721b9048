// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: vector_add
// cheat: recognises the fill that every check uses by its first element, and copies one input when it sees another
//     one.
// expect: wrong
// emulator: wrong
// caught-by: hidden fills (another seed)
//
// warploom: launch vector_add<<<ceil_div(n, 256), 256>>>(a, b, c, n)

extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int n)
{
    int i = blockIdx.x * 256 + threadIdx.x;
    if (i >= n)
        return;
    if (__float_as_uint(b[0]) == 0xbfbfbdceu)
        c[i] = a[i] + b[i];
    else
        c[i] = a[i];
}
