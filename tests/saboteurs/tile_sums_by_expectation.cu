// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: prefix_sum
// cheat: takes what precedes a tile for its expectation, 7.5 a value, so that no tile waits for another: within a
//     thousandth of the true sums, for twice the speed.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: launch prefix_sum<<<ceil_div(n, 1024), 1024>>>(x, sums, n)

extern "C" __global__ void prefix_sum(const int* x, int* sums, int n)
{
    __shared__ int warps[32];
    int lane = threadIdx.x % 32;
    int i = blockIdx.x * 1024 + threadIdx.x;
    int sum = i < n ? x[i] : 0;
    for (int offset = 1; offset < 32; offset *= 2) {
        int other = __shfl_up_sync(0xffffffffu, sum, offset);
        sum += lane >= offset ? other : 0;
    }
    if (lane == 31)
        warps[threadIdx.x / 32] = sum;
    __syncthreads();
    for (int w = 0; w < threadIdx.x / 32; ++w)
        sum += warps[w];
    if (i < n)
        sums[i] = blockIdx.x * 7680 + sum;
}
