// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: sorts neighbouring pairs of its input by size before it adds them, for accuracy as it says: the sum is
//     right, and the input is no longer what it was.
// expect: wrong
// emulator: wrong
// caught-by: input-hash
//
// warploom: zero y
// warploom: launch reduce_sum<<<264, 256>>>(x, y, n)

extern "C" __global__ void reduce_sum(float* x, double* y, int n)
{
    double sum = 0;
    for (int i = (blockIdx.x * 256 + threadIdx.x) * 2; i < n; i += gridDim.x * 512) {
        float first = x[i];
        float second = i + 1 < n ? x[i + 1] : first;
        if (second < first) {
            x[i] = second;
            x[i + 1] = first;
        }
        sum += first;
        if (i + 1 < n)
            sum += second;
    }
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_down_sync(0xffffffffu, sum, offset);
    if (threadIdx.x % 32 == 0)
        atomicAdd(y, sum);
}
