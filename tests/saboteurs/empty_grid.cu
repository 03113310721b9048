// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: vector_add
// cheat: asks for a grid of no blocks, which an older driver takes for done.
// expect: invalid launch-error wrong
// emulator: invalid launch-error wrong
// caught-by: launch errors
//
// warploom: launch vector_add<<<n / 2000000000, 256>>>(a, b, c, n)

extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int n)
{
    int i = blockIdx.x * 256 + threadIdx.x;
    if (i < n)
        c[i] = a[i] + b[i];
}
