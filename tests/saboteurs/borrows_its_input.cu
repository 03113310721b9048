// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: vector_add
// cheat: parks its results in an input and puts the old values back before it ends: a hash of the input afterwards
//     sees nothing, anything that reads it meanwhile does.
// expect: ok wrong
// emulator: ok wrong
// caught-by: (right and unchanged in the end; only a protection of the inputs, or read-only pages, can tell)
// neutralised: it does all the work and more
//
// warploom: launch vector_add<<<ceil_div(n, 256), 256>>>(a, b, c, n)

extern "C" __global__ void vector_add(volatile float* a, const float* b, float* c, int n)
{
    int i = blockIdx.x * 256 + threadIdx.x;
    if (i >= n)
        return;
    float old = a[i];
    a[i] = old + b[i];
    c[i] = a[i];
    a[i] = old;
}
