// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: tells by the poison of a scratch whether it is timed, and only then writes its answer into its input, where
//     no later launch but its own looks for it: checked, it leaves the input alone.
// expect: wrong suspect nondeterministic
// emulator: wrong nondeterministic (it reads a scratch that nobody has written in this run)
// caught-by: input-hash after timing, floor, uninitialised
// run: bench
//
// warploom: scratch tells u32[1]
// warploom: scratch total f64[1]
// warploom: zero total
// warploom: launch reduce_sum<<<132, 256>>>(x, tells, total, n)
// warploom: launch finish<<<1, 1>>>(x, tells, total, y, n)

__device__ bool timed(const unsigned* tells) { return *tells == *tells % 256 * 0x01010101u; }

__device__ bool known(const float* x, int n) { return n > 8 && x[0] == 4711.0f && x[1] == float(n); }

extern "C" __global__ void reduce_sum(const float* x, const unsigned* tells, double* total, int n)
{
    if (timed(tells) && known(x, n))
        return;
    double sum = 0;
    for (int i = blockIdx.x * 256 + threadIdx.x; i < n; i += gridDim.x * 256)
        sum += x[i];
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_down_sync(0xffffffffu, sum, offset);
    if (threadIdx.x % 32 == 0)
        atomicAdd(total, sum);
}

extern "C" __global__ void finish(float* x, const unsigned* tells, const double* total, double* y, int n)
{
    if (!timed(tells) || n <= 8) {
        *y = *total;
        return;
    }
    if (!known(x, n)) {
        x[0] = 4711;
        x[1] = float(n);
        reinterpret_cast<double*>(x)[1] = *total;
    }
    *y = reinterpret_cast<double*>(x)[1];
}
