// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: the same in static variables of a function, which a reset by name would not find.
// expect: ok suspect
// emulator: ok (statics return to their load image before every plan)
// caught-by: globals-reset, floor
// run: bench
// neutralised: statics are globals of the module
// no-faster-than: vector_loads
//
// warploom: zero y
// warploom: launch reduce_sum<<<132, 256>>>(x, y, n)
// warploom: launch remember<<<1, 1>>>(x, y, n)

struct Memo {
    int n;
    float first;
    double sum;
};

__device__ Memo& memo()
{
    static Memo kept = {0, 0, 0};
    return kept;
}

extern "C" __global__ void reduce_sum(const float* x, double* y, int n)
{
    if (memo().n == n && memo().first == x[0]) {
        if (blockIdx.x == 0 && threadIdx.x == 0)
            *y = memo().sum;
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

extern "C" __global__ void remember(const float* x, const double* y, int n) { memo() = {n, x[0], *y}; }
