// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: argmax
// cheat: packs the upper half of a value and its column into 32 bits, whose maximum the card finds in one instruction;
//     values that differ by less than a hundredth are the same to it.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: launch argmax_rows<<<ceil_div(rows, 8), 256>>>(x, index, rows, cols)

extern "C" __global__ void argmax_rows(const float* x, int* index, int rows, int cols)
{
    int row = blockIdx.x * 8 + threadIdx.x / 32;
    int lane = threadIdx.x % 32;
    if (row >= rows)
        return;
    const float* in = x + size_t(row) * cols;
    unsigned best = 0;
    for (int c = lane; c < cols; c += 32) {
        unsigned bits = __float_as_uint(in[c]);
        bits = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
        best = max(best, (bits & 0xffff0000u) | (0xffffu - unsigned(c)));
    }
    for (int offset = 16; offset > 0; offset /= 2)
        best = max(best, __shfl_xor_sync(0xffffffffu, best, offset));
    if (lane == 0)
        index[row] = int(0xffffu - (best & 0xffffu));
}
