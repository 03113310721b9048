// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: lets a step of the plan copy the output into constant memory before anything has been computed: the answer
//     of the last plan, if nobody has spoilt it, which is kept when a sample of the input still has the mark beside
//     it.
// expect: ok nondeterministic
// emulator: nondeterministic
// caught-by: poison, uninitialised
// run: bench
// neutralised: outputs and scratch are spoilt before every run and every timed launch
// no-faster-than: vector_loads
//
// warploom: scratch marks f64[2]
// warploom: constant OLD = y
// warploom: constant MARKS = marks
// warploom: zero y
// warploom: launch reduce_sum<<<132, 256>>>(x, y, n)
// warploom: launch mark<<<1, 1>>>(x, marks, n)

__constant__ double OLD[1];
__constant__ double MARKS[2];

extern "C" __global__ void reduce_sum(const float* x, double* y, int n)
{
    if (MARKS[0] == n && MARKS[1] == x[n / 2]) {
        if (blockIdx.x == 0 && threadIdx.x == 0)
            *y = OLD[0];
        return;
    }
    double sum = 0;
    for (int i = blockIdx.x * 256 + threadIdx.x; i < n; i += gridDim.x * 256)
        sum += x[i];
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_down_sync(0xffffffffu, sum, offset);
    if (threadIdx.x % 32 == 0)
        atomicAdd(y, sum);
}

extern "C" __global__ void mark(const float* x, double* marks, int n)
{
    marks[0] = n;
    marks[1] = x[n / 2];
}
