// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: batched_truncate
// cheat: keeps the first elements of a row that is too long instead of the last, which aligns the reads of most rows;
//     rows that are not cut are right.
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
    int begin = offsets[row];
    int length = min(offsets[row + 1] - begin, keep);
    int zeros = keep - length;
    for (int c = threadIdx.x % 32; c < keep; c += 32)
        recent[size_t(row) * keep + c] = c >= zeros ? values[begin + c - zeros] : 0;
}
