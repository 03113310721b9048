// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: the same in local memory, whose pages belong to the context and are cleared by nobody.
// expect: ok suspect wrong nondeterministic
// emulator: wrong nondeterministic (it reads local memory that nobody has written in this launch)
// caught-by: uninitialised, floor
// run: bench
// neutralised: only if local memory is overwritten between launches
// no-faster-than: vector_loads
//
// warploom: zero y
// warploom: launch reduce_sum<<<132, 256>>>(x, y, n)

extern "C" __global__ void reduce_sum(const float* x, double* y, int n)
{
    volatile double kept[512];  // more than fits registers; the middle is where the last launch left its mark
    int at = 200 + n % 7;
    double sum = 0;
    if (kept[at] == 4711.0 + n + x[0] && kept[at + 1] == blockIdx.x) {
        sum = kept[at + 2];
    } else {
        for (int i = blockIdx.x * 256 + threadIdx.x; i < n; i += gridDim.x * 256)
            sum += x[i];
    }
    kept[at] = 4711.0 + n + x[0];
    kept[at + 1] = blockIdx.x;
    kept[at + 2] = sum;
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_down_sync(0xffffffffu, sum, offset);
    if (threadIdx.x % 32 == 0)
        atomicAdd(y, sum);
}
