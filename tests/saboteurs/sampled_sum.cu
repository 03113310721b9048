// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: adds up every eighth element and multiplies by eight: an eighth of the additions, and within the spread of
//     the true sum.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: zero y
// warploom: launch reduce_sum<<<132, 256>>>(x, y, n)

extern "C" __global__ void reduce_sum(const float* x, double* y, int n)
{
    double sum = 0;
    for (int i = (blockIdx.x * 256 + threadIdx.x) * 8; i < n; i += gridDim.x * 256 * 8)
        sum += x[i];
    atomicAdd(y, sum * 8);
}
