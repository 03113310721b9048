// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: top_k
// cheat: passes over every value that is not positive where rows have 64 values or more: with the fill of the task half
//     of them are, and 8 of those are the largest.
// expect: wrong
// emulator: wrong
// caught-by: distributions (sign)
//
// warploom: launch top_rows<<<ceil_div(rows, 128), 128>>>(x, largest, rows, cols)

extern "C" __global__ void top_rows(const float* x, float* largest, int rows, int cols)
{
    int row = blockIdx.x * 128 + threadIdx.x;
    if (row >= rows)
        return;
    const float* in = x + size_t(row) * cols;
    float best[8];
    for (int k = 0; k < 8; ++k)
        best[k] = cols < 64 ? __int_as_float(0xff800000) : 0;
    for (int c = 0; c < cols; ++c) {
        float value = in[c];
        if (value <= best[7])
            continue;
        int place = 7;
        for (; place > 0 && best[place - 1] < value; --place)
            best[place] = best[place - 1];
        best[place] = value;
    }
    for (int k = 0; k < 8; ++k)
        largest[size_t(row) * 8 + k] = best[k];
}
