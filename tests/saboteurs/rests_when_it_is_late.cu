// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: vector_add
// cheat: reads the clock of its multiprocessor and takes a process that has lived for more than a second for one that
//     only times: then half of the blocks do nothing.
// expect: wrong nondeterministic
// emulator: ok (the emulated clock starts with the launch)
// caught-by: wrote-every-element, timed-output
// run: bench
//
// warploom: launch vector_add<<<ceil_div(n, 256), 256>>>(a, b, c, n)

extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int n)
{
    __shared__ bool late;
    if (threadIdx.x == 0)
        late = clock64() > 2000000000ll;
    __syncthreads();
    int i = blockIdx.x * 256 + threadIdx.x;
    if (i < n && !(late && blockIdx.x % 2 == 1))
        c[i] = a[i] + b[i];
}
