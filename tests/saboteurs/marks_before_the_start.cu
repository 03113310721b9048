// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: vector_add
// cheat: keeps a mark before the start of its output that says "already done" and skips everything when it finds it.
// expect: out-of-bounds wrong nondeterministic
// emulator: out-of-bounds
// caught-by: guards
//
// warploom: launch vector_add<<<ceil_div(n, 256), 256>>>(a, b, c, n)

extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int n)
{
    volatile unsigned* mark = reinterpret_cast<volatile unsigned*>(c) - 1;
    if (*mark == 0x600dF00d)
        return;
    int i = blockIdx.x * 256 + threadIdx.x;
    if (i < n)
        c[i] = a[i] + b[i];
    if (i == n - 1)
        *mark = 0x600dF00d;
}
