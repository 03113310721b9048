// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: chains the blocks through flags, each waiting for the one behind it, which works while all of them are on
//     the card at once.
// expect: timeout
// emulator: timeout
// caught-by: timeout (the time size has more blocks than fit)
//
// warploom: let BLOCKS = ceil_div(n, 1024)
// warploom: scratch flags u32[BLOCKS]
// warploom: scratch sums f64[BLOCKS]
// warploom: zero flags
// warploom: launch reduce_sum<<<BLOCKS, 32>>>(x, flags, sums, y, n)

extern "C" __global__ void reduce_sum(const float* x, volatile unsigned* flags, volatile double* sums, double* y, int n)
{
    double sum = 0;
    int first = blockIdx.x * 1024;
    for (int i = first + threadIdx.x; i < min(n, first + 1024); i += 32)
        sum += x[i];
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_down_sync(0xffffffffu, sum, offset);
    if (threadIdx.x != 0)
        return;
    unsigned next = blockIdx.x + 1;
    if (next < gridDim.x) {
        while (flags[next] == 0) { }
        __threadfence();
        sum += sums[next];
    }
    sums[blockIdx.x] = sum;
    __threadfence();
    flags[blockIdx.x] = 1;
    if (blockIdx.x == 0)
        *y = sum;
}
