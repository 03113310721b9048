// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: gemv
// cheat: the parts of a row are added to y with atomics, and nobody sets it to zero before: a harness that hands out
//     cleared memory never sees it, and one launch is saved.
// expect: wrong nondeterministic
// emulator: wrong nondeterministic
// caught-by: poison, uninitialised
//
// warploom: let PARTS = ceil_div(cols, 1024)
// warploom: launch gemv<<<dim3(ceil_div(rows, 4), PARTS), dim3(32, 4)>>>(a, x, y, rows, cols)

extern "C" __global__ void gemv(const float* a, const float* x, float* y, int rows, int cols)
{
    int row = blockIdx.x * 4 + threadIdx.y;
    if (row >= rows)
        return;
    const float* in = a + size_t(row) * cols;
    int first = blockIdx.y * 1024;
    float sum = 0;
    for (int c = first + threadIdx.x; c < min(cols, first + 1024); c += 32)
        sum += in[c] * x[c];
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_xor_sync(0xffffffffu, sum, offset);
    if (threadIdx.x == 0)
        atomicAdd(&y[row], sum);
}
