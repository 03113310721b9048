// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: jagged_to_dense
// cheat: copies the vectors and leaves the padding to whoever has cleared the array before: half of the writes.
// expect: wrong
// emulator: wrong
// caught-by: wrote-every-element
//
// warploom: launch pad_rows<<<batch, 128>>>(values, offsets, dense, max_length, dim)

extern "C" __global__ void pad_rows(const float* values, const int* offsets, float* dense, int max_length, int dim)
{
    int first = offsets[blockIdx.x];
    int kept = min(offsets[blockIdx.x + 1] - first, max_length) * dim;
    for (int i = threadIdx.x; i < kept; i += 128)
        dense[size_t(blockIdx.x) * max_length * dim + i] = values[size_t(first) * dim + i];
}
