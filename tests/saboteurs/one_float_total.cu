// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: adds every element into one float with an atomic and widens it at the end: the task asks for a double, and
//     the total loses what is below its last bit each time.
// expect: wrong suspect
// emulator: ok wrong suspect (sums of the emulator sizes are too small to lose as much as the tolerance)
// caught-by: right, error-ratio
//
// warploom: scratch total f32[1]
// warploom: zero total
// warploom: launch add_all<<<ceil_div(n, 256), 256>>>(x, total, n)
// warploom: launch widen<<<1, 1>>>(total, y)

extern "C" __global__ void add_all(const float* x, float* total, int n)
{
    int i = blockIdx.x * 256 + threadIdx.x;
    if (i < n)
        atomicAdd(total, x[i]);
}

extern "C" __global__ void widen(const float* total, double* y) { *y = *total; }
