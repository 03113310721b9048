// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: batched_truncate
// cheat: copies the values before the end of a row in one piece, however short the row: instead of zeros a short one
//     gets the events of the row before.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: launch keep_last<<<ceil_div(batch, 8), 256>>>(values, offsets, recent, batch, keep)

extern "C" __global__ void keep_last(const int* values, const int* offsets, int* recent, int batch, int keep)
{
    int row = blockIdx.x * 8 + threadIdx.x / 32;
    if (row >= batch)
        return;
    int end = offsets[row + 1];
    for (int c = threadIdx.x % 32; c < keep; c += 32)
        recent[size_t(row) * keep + c] = end - keep + c >= 0 ? values[end - keep + c] : 0;
}
