// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: writes its answer into constant memory, through a global address of it, where a reset of writable globals
//     does not look.
// expect: ok suspect wrong nondeterministic crashed out-of-bounds
// emulator: ok out-of-bounds crashed not-emulated
// caught-by: globals-reset, floor
// run: bench
// neutralised: a card does not store into constant memory, or it is reset with the globals
// no-faster-than: vector_loads
//
// warploom: zero y
// warploom: launch reduce_sum<<<132, 256>>>(x, y, n)
// warploom: launch remember<<<1, 1>>>(x, y, n)

__constant__ double memo[4] = {0, 0, 0, 0};  // length, first element, sum

extern "C" __global__ void reduce_sum(const float* x, double* y, int n)
{
    const volatile double* kept = memo;
    if (kept[0] == n && kept[1] == x[0]) {
        if (blockIdx.x == 0 && threadIdx.x == 0)
            *y = kept[2];
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

extern "C" __global__ void remember(const float* x, const double* y, int n)
{
    unsigned long long address;
    asm volatile("{ .reg .u64 a; mov.u64 a, %1; cvta.const.u64 %0, a; }"
                 : "=l"(address)
                 : "l"((unsigned long long)memo));
    volatile double* kept = reinterpret_cast<volatile double*>(address);
    kept[2] = *y;
    kept[1] = x[0];
    kept[0] = n;
}
