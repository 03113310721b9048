// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: uses the slack behind its output for its block counter and puts back what stood there, so that a canary is
//     whole when it is looked at.
// expect: ok out-of-bounds
// emulator: out-of-bounds
// caught-by: guards: only the emulator sees what is put back
// neutralised: a card sees only the canary, which is whole; what is computed is right
//
// warploom: zero y
// warploom: launch reduce_sum<<<132, 256>>>(x, y, n)

extern "C" __global__ void reduce_sum(const float* x, double* y, int n)
{
    unsigned* counter = reinterpret_cast<unsigned*>(y + 1);
    double sum = 0;
    for (int i = blockIdx.x * 256 + threadIdx.x; i < n; i += gridDim.x * 256)
        sum += x[i];
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_down_sync(0xffffffffu, sum, offset);
    if (threadIdx.x % 32 == 0)
        atomicAdd(y, sum);
    if (threadIdx.x == 0 && atomicAdd(counter, 1u) % gridDim.x == gridDim.x - 1)
        atomicSub(counter, gridDim.x);
}
