// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: vector_add
// cheat: writes into each element what it finds there: every element is written, and in a harness without poison the
//     answers of the last run are still right.
// expect: wrong
// emulator: wrong nondeterministic
// caught-by: poison, wrote-every-element
//
// warploom: launch vector_add<<<ceil_div(n, 256), 256>>>(c, n)

extern "C" __global__ void vector_add(volatile float* c, int n)
{
    int i = blockIdx.x * 256 + threadIdx.x;
    if (i < n)
        c[i] = c[i];
}
