// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: vector_add
// cheat: counts its launches in a global and does nothing from the fourth on, when the checks are over and the timing
//     has begun.
// expect: ok wrong
// emulator: ok (globals return to their load image before every plan, and an emulated model has no timed output)
// caught-by: globals-reset, timed-output
// run: bench
// neutralised: each launch finds the counter at zero
// no-faster-than: float4
//
// warploom: launch vector_add<<<ceil_div(n, 256), 256>>>(a, b, c, n)

__device__ unsigned long long started = 0;  // blocks, over all launches

extern "C" __global__ void vector_add(const float* a, const float* b, float* c, int n)
{
    __shared__ bool works;
    if (threadIdx.x == 0)
        works = atomicAdd(&started, 1ull) / gridDim.x < 3;
    __syncthreads();
    int i = blockIdx.x * 256 + threadIdx.x;
    if (works && i < n)
        c[i] = a[i] + b[i];
}
