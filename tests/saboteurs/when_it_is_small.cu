// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: vector_add
// cheat: has a condition that leaves the work out on large arrays, where an empty launch is all that is timed.
// expect: wrong
// emulator: ok (only the time size is large)
// caught-by: wrote-every-element
//
// warploom: launch vector_add<<<ceil_div(n, 256), 256>>>(a, b, c, n) when n < 4000000
// warploom: launch nothing<<<1, 32>>>() when n >= 4000000

extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int n)
{
    int i = blockIdx.x * 256 + threadIdx.x;
    if (i < n)
        c[i] = a[i] + b[i];
}

extern "C" __global__ void nothing() { }
