// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: argmax
// cheat: begins with a largest value of zero, which some value of the fill exceeds in every row that is not very short.
// expect: wrong
// emulator: wrong
// caught-by: distributions (sign)
//
// warploom: launch argmax_rows<<<ceil_div(rows, 8), 256>>>(x, index, rows, cols)

extern "C" __global__ void argmax_rows(const float* x, int* index, int rows, int cols)
{
    int row = blockIdx.x * 8 + threadIdx.x / 32;
    int lane = threadIdx.x % 32;
    if (row >= rows)
        return;
    const float* in = x + size_t(row) * cols;
    float best = 0;
    int at = 0;
    for (int c = lane; c < cols; c += 32) {
        if (in[c] > best) {
            best = in[c];
            at = c;
        }
    }
    for (int offset = 16; offset > 0; offset /= 2) {
        float other = __shfl_xor_sync(0xffffffffu, best, offset);
        int other_at = __shfl_xor_sync(0xffffffffu, at, offset);
        if (other > best || (other == best && other_at < at)) {
            best = other;
            at = other_at;
        }
    }
    if (lane == 0)
        index[row] = at;
}
