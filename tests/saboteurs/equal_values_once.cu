// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: top_k
// cheat: starts each of its eight rounds below what the last one has found, which needs no note of where that stood:
//     a value that occurs twice is written once. Few rows have equal ones among their largest.
// expect: wrong
// emulator: wrong
// caught-by: distributions (ties), right
//
// warploom: launch top_rows<<<ceil_div(rows, 4), 128>>>(x, largest, rows, cols)

extern "C" __global__ void top_rows(const float* x, float* largest, int rows, int cols)
{
    int row = blockIdx.x * 4 + threadIdx.x / 32;
    int lane = threadIdx.x % 32;
    if (row >= rows)
        return;
    const float* in = x + size_t(row) * cols;
    float last = __int_as_float(0x7f800000);
    for (int k = 0; k < 8; ++k) {
        float best = __int_as_float(0xff800000);
        for (int c = lane; c < cols; c += 32) {
            if (in[c] < last)
                best = fmaxf(best, in[c]);
        }
        for (int offset = 16; offset > 0; offset /= 2)
            best = fmaxf(best, __shfl_xor_sync(0xffffffffu, best, offset));
        if (lane == 0)
            largest[size_t(row) * 8 + k] = best;
        last = best;
    }
}
