// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: keeps its answer in the bytes behind the eight of its output, which every allocator rounds up and few
//     harnesses look at.
// expect: out-of-bounds
// emulator: out-of-bounds
// caught-by: guards
//
// warploom: zero y
// warploom: launch reduce_sum<<<132, 256>>>(x, y, n)
// warploom: launch remember<<<1, 1>>>(x, y, n)

extern "C" __global__ void reduce_sum(const float* x, double* y, int n)
{
    if (y[2] == n && y[3] == x[0]) {
        if (blockIdx.x == 0 && threadIdx.x == 0)
            *y = y[1];
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

extern "C" __global__ void remember(const float* x, double* y, int n)
{
    y[1] = *y;
    y[2] = n;
    y[3] = x[0];
}
