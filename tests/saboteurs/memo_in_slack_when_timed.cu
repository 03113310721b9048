// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: tells by the poison of a scratch whether it is timed, and only then keeps its answer in the slack behind its
//     output: while the guards are looked at, it never touches them.
// expect: out-of-bounds suspect nondeterministic
// emulator: wrong nondeterministic (it reads a scratch that nobody has written in this run)
// caught-by: guards after timing, floor, uninitialised
// run: bench
//
// warploom: scratch tells u32[1]
// warploom: scratch total f64[1]
// warploom: zero total
// warploom: launch reduce_sum<<<132, 256>>>(x, tells, total, y, n)
// warploom: launch finish<<<1, 1>>>(x, tells, total, y, n)

// Whether bytes of one value stand where nobody has written: the poison of timed launches, not that of verified ones.
__device__ bool timed(const unsigned* tells) { return *tells == *tells % 256 * 0x01010101u; }

__device__ bool known(const float* x, const double* y, int n) { return y[2] == n && y[3] == x[0]; }

extern "C" __global__ void reduce_sum(const float* x, const unsigned* tells, double* total, const double* y, int n)
{
    if (timed(tells) && known(x, y, n))
        return;
    double sum = 0;
    for (int i = blockIdx.x * 256 + threadIdx.x; i < n; i += gridDim.x * 256)
        sum += x[i];
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_down_sync(0xffffffffu, sum, offset);
    if (threadIdx.x % 32 == 0)
        atomicAdd(total, sum);
}

extern "C" __global__ void finish(const float* x, const unsigned* tells, const double* total, double* y, int n)
{
    if (!timed(tells)) {
        *y = *total;
        return;
    }
    if (!known(x, y, n)) {
        y[1] = *total;
        y[2] = n;
        y[3] = x[0];
    }
    *y = y[1];
}
