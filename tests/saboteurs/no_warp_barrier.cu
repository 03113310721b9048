// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: ends its tree in shared memory without barriers once a single warp is left, as was usual when warps ran in
//     step: right almost always.
// expect: race wrong nondeterministic
// emulator: race
// caught-by: race
//
// warploom: zero y
// warploom: launch reduce_sum<<<264, 256>>>(x, y, n)

extern "C" __global__ void reduce_sum(const float* x, double* y, int n)
{
    __shared__ volatile double tree[256];
    int t = threadIdx.x;
    double sum = 0;
    for (int i = blockIdx.x * 256 + t; i < n; i += gridDim.x * 256)
        sum += x[i];
    tree[t] = sum;
    for (int half = 128; half >= 32; half /= 2) {
        __syncthreads();
        if (t < half)
            tree[t] += tree[t + half];
    }
    for (int half = 16; half > 0; half /= 2)
        if (t < half)
            tree[t] += tree[t + half];
    if (t == 0)
        atomicAdd(y, tree[0]);
}
