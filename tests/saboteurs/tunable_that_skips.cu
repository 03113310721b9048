// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: vector_add
// cheat: offers a tunable whose second value leaves half of the work out; the first one, which is checked by default,
//     is honest.
// expect: wrong
// emulator: wrong
// caught-by: wrote-every-element (every configuration is verified)
// set: SHARE=2
//
// warploom: tune SHARE = 1 2
// warploom: launch vector_add<<<ceil_div(ceil_div(n, SHARE), 256), 256>>>(a, b, c, n)

extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int n)
{
    int i = blockIdx.x * 256 + threadIdx.x;
    if (i < n)
        c[i] = a[i] + b[i];
}
