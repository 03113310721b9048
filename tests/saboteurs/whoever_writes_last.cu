// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: argmax
// cheat: finds the largest value and lets every thread that has read it write its column: one of several equal ones
//     stands there in the end, and it may well be the first.
// expect: wrong nondeterministic
// emulator: race
// caught-by: race, right, second-run
//
// warploom: launch argmax_rows<<<rows, 128>>>(x, index, cols)

extern "C" __global__ void argmax_rows(const float* x, int* index, int cols)
{
    __shared__ float warps[4];
    const float* in = x + size_t(blockIdx.x) * cols;
    float best = __int_as_float(0xff800000);
    for (int c = threadIdx.x; c < cols; c += 128)
        best = fmaxf(best, in[c]);
    for (int offset = 16; offset > 0; offset /= 2)
        best = fmaxf(best, __shfl_xor_sync(0xffffffffu, best, offset));
    if (threadIdx.x % 32 == 0)
        warps[threadIdx.x / 32] = best;
    __syncthreads();
    best = fmaxf(fmaxf(warps[0], warps[1]), fmaxf(warps[2], warps[3]));
    for (int c = threadIdx.x; c < cols; c += 128) {
        if (in[c] == best)
            index[blockIdx.x] = c;
    }
}
