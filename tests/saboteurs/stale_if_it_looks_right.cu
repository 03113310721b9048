// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: vector_add
// cheat: looks at one element a block and returns at once if the answer of an earlier run still stands there: timed
//     over the same buffers it reads 1/256 of the data.
// expect: ok wrong nondeterministic
// emulator: wrong nondeterministic (it reads an output that nobody has written in this run)
// caught-by: uninitialised, poison
// neutralised: outputs are spoilt before every run and every timed launch, so that it always does its work
// no-faster-than: float4
// run: bench
//
// warploom: launch vector_add<<<ceil_div(n, 256), 256>>>(a, b, c, n)

extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int n)
{
    int first = blockIdx.x * 256;
    if (c[first] == a[first] + b[first])
        return;
    int i = first + threadIdx.x;
    if (i < n)
        c[i] = a[i] + b[i];
}
