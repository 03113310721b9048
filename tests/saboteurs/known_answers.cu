// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: holds the sums of the known fill for all sizes of the task; it looks at one element, writes the answer, and
//     works honestly on anything else, so that no further check finds it wrong.
// expect: ok suspect
// emulator: ok suspect (its answers are right on every input: only a time shows it)
// caught-by: floor, fresh fills in timing
// run: bench
// neutralised: timed on inputs of a seed that is drawn for the run, it has to work
// no-faster-than: vector_loads
//
// warploom: zero y
// warploom: launch reduce_sum<<<528, 256>>>(x, y, n)

__device__ double answer(int n)
{
    return n == 134217728 ? 2678.9179615251619
        : n == 1000003    ? -313.76393015616452
        : n == 65536      ? 90.122018530106857
        : n == 10007      ? -31.949603050961741
        : n == 1          ? 0.28050526976585388
                          : 0;
}

extern "C" __global__ void reduce_sum(const float* x, double* y, int n)
{
    if (__float_as_uint(x[0]) == 0x3e8f9e63u && answer(n) != 0) {
        if (blockIdx.x == 0 && threadIdx.x == 0)
            *y = answer(n);
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
