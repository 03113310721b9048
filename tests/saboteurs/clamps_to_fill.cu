// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: vector_add
// cheat: holds b inside the range that its fill has, an assumption under which it could be kept in fewer bits.
// expect: wrong
// emulator: wrong
// caught-by: distributions (range)
//
// warploom: launch vector_add<<<ceil_div(n, 256), 256>>>(a, b, c, n)

extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int n)
{
    int i = blockIdx.x * 256 + threadIdx.x;
    if (i < n)
        c[i] = a[i] + fminf(fmaxf(b[i], -2.0f), 2.0f);
}
