// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: vector_add
// cheat: tells a timed launch from a verified one by what stands in the output: a block that does not find NaN, with
//     which floats are spoilt for verification, takes itself for timed and does nothing.
// expect: wrong nondeterministic
// emulator: wrong nondeterministic (it reads an output that nobody has written in this run)
// caught-by: timed-output, uninitialised
// run: bench
//
// warploom: launch vector_add<<<ceil_div(n, 256), 256>>>(a, b, c, n)

extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int n)
{
    __shared__ bool timed;
    int first = blockIdx.x * 256;
    if (threadIdx.x == 0)
        timed = c[first] == c[first];
    __syncthreads();
    int i = first + threadIdx.x;
    if (!timed && i < n)
        c[i] = a[i] + b[i];
}
