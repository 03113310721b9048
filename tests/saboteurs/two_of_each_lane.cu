// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: top_k
// cheat: keeps two values a lane and takes the 8 largest of those 64, as approximate selections do: in nineteen of
//     twenty rows no lane has had three of them.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: launch top_rows<<<ceil_div(rows, 4), 128>>>(x, largest, rows, cols)

extern "C" __global__ void top_rows(const float* x, float* largest, int rows, int cols)
{
    int row = blockIdx.x * 4 + threadIdx.x / 32;
    int lane = threadIdx.x % 32;
    if (row >= rows)
        return;
    const float* in = x + size_t(row) * cols;
    float none = __int_as_float(0xff800000);
    float first = none;
    float second = none;
    for (int c = lane; c < cols; c += 32) {
        second = fmaxf(second, fminf(first, in[c]));
        first = fmaxf(first, in[c]);
    }
    for (int k = 0; k < 8; ++k) {
        float head = first;
        for (int offset = 16; offset > 0; offset /= 2)
            head = fmaxf(head, __shfl_xor_sync(0xffffffffu, head, offset));
        if (lane == __ffs(__ballot_sync(0xffffffffu, first == head)) - 1) {
            first = second;
            second = none;
        }
        if (lane == 0)
            largest[size_t(row) * 8 + k] = head;
    }
}
