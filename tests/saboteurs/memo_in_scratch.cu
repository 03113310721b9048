// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: asks for a scratch buffer that it never fills and looks whether the answer of the last plan still stands in
//     it.
// expect: ok nondeterministic
// emulator: wrong nondeterministic (it reads a scratch that nobody has written in this run)
// caught-by: poison, uninitialised
// run: bench
// neutralised: scratch is spoilt before every run and every timed launch
// no-faster-than: vector_loads
//
// warploom: scratch memo f64[4]
// warploom: zero y
// warploom: launch reduce_sum<<<132, 256>>>(x, memo, y, n)
// warploom: launch remember<<<1, 1>>>(x, memo, y, n)

extern "C" __global__ void reduce_sum(const float* x, const double* memo, double* y, int n)
{
    if (memo[0] == n && memo[1] == x[0] && memo[3] == 4711) {
        if (blockIdx.x == 0 && threadIdx.x == 0)
            *y = memo[2];
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

extern "C" __global__ void remember(const float* x, double* memo, const double* y, int n)
{
    memo[0] = n;
    memo[1] = x[0];
    memo[2] = *y;
    memo[3] = 4711;
}
