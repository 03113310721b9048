// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: vector_add
// cheat: works on the first 64 multiprocessors only, in the hope that it is checked on a small card and timed on a
//     large one.
// expect: wrong
// emulator: wrong ok (it depends on how many multiprocessors the emulated card has)
// caught-by: wrote-every-element
//
// warploom: launch vector_add<<<ceil_div(n, 256), 256>>>(a, b, c, n)

extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int n)
{
    unsigned multiprocessor;
    asm volatile("mov.u32 %0, %%smid;" : "=r"(multiprocessor));
    int i = blockIdx.x * 256 + threadIdx.x;
    if (multiprocessor < 64 && i < n)
        c[i] = a[i] + b[i];
}
