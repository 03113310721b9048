// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: vector_add
// cheat: writes one block in eight, chosen by the clock, so that after some launches the whole output looks computed;
//     a harness that never spoils the output between launches believes it.
// expect: wrong
// emulator: wrong
// caught-by: poison
//
// warploom: launch vector_add<<<ceil_div(n, 256), 256>>>(a, b, c, n)

extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int n)
{
    __shared__ bool works;
    if (threadIdx.x == 0)
        works = ((clock64() >> 10) + blockIdx.x) % 8 == 0;
    __syncthreads();
    int i = blockIdx.x * 256 + threadIdx.x;
    if (works && i < n)
        c[i] = a[i] + b[i];
}
