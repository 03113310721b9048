// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// The last elements of each jagged row: one thread writes one element.
//
// Every thread divides to find out where it stands, and loads the two offsets of its row anew.
//
// warploom: launch keep_last<<<ceil_div(batch * keep, 256), 256>>>(values, offsets, recent, batch * keep, keep)

extern "C" __global__ void keep_last(const int* values, const int* offsets, int* recent, long long elements, int keep)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= elements)
        return;
    int row = i / keep;
    int before = keep - 1 - int(i % keep);  // how many of the kept ones are newer

    int length = offsets[row + 1] - offsets[row];
    recent[i] = before < length ? values[offsets[row + 1] - 1 - before] : 0;
}
