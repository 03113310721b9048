// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: leaves the partial sum of each block in shared memory, marked, and looks there first: nothing clears it
//     between two launches, and blocks come back to the same multiprocessor.
// expect: ok suspect wrong nondeterministic
// emulator: wrong nondeterministic (it reads shared memory that nobody has written in this launch)
// caught-by: uninitialised, floor
// run: bench
// neutralised: only if shared memory is overwritten between launches
// no-faster-than: vector_loads
//
// warploom: zero y
// warploom: launch reduce_sum<<<132, 1024>>>(x, y, n)

extern "C" __global__ void reduce_sum(const float* x, double* y, int n)
{
    __shared__ volatile double kept[4];  // mark, first element, sum of the block
    __shared__ double warps[32];
    bool known = kept[0] == 4711.0 + blockIdx.x + double(n) && kept[1] == x[0];
    __syncthreads();
    double sum = 0;
    for (int i = blockIdx.x * 1024 + threadIdx.x; i < n && !known; i += gridDim.x * 1024)
        sum += x[i];
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_down_sync(0xffffffffu, sum, offset);
    if (threadIdx.x % 32 == 0)
        warps[threadIdx.x / 32] = sum;
    __syncthreads();
    if (threadIdx.x != 0)
        return;
    sum = 0;
    for (int w = 0; w < 32; ++w)
        sum += warps[w];
    if (known)
        sum = kept[2];
    kept[0] = 4711.0 + blockIdx.x + double(n);
    kept[1] = x[0];
    kept[2] = sum;
    atomicAdd(y, sum);
}
