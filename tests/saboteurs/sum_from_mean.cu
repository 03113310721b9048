// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: estimates the mean from 4096 elements and multiplies by n: the work no longer depends on the size.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: launch reduce_sum<<<1, 32>>>(x, y, n)

extern "C" __global__ void reduce_sum(const float* x, double* y, int n)
{
    int taken = min(n, 4096);
    double sum = 0;
    for (int i = threadIdx.x; i < taken; i += 32)
        sum += x[i];
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_down_sync(0xffffffffu, sum, offset);
    if (threadIdx.x == 0)
        *y = sum / taken * n;
}
