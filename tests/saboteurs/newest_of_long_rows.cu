// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: jagged_to_dense
// cheat: keeps the last vectors of rows that are too long, not the first: a habit from histories, and no difference
//     where max_length is twice the mean, as in the first of the timed sizes.
// expect: wrong
// emulator: wrong
// caught-by: right (some sizes cut rows)
//
// warploom: launch pad_rows<<<batch, 128>>>(values, offsets, dense, max_length, dim)

extern "C" __global__ void pad_rows(const float* values, const int* offsets, float* dense, int max_length, int dim)
{
    int end = offsets[blockIdx.x + 1];
    int first = max(offsets[blockIdx.x], end - max_length);
    int kept = (end - first) * dim;
    float* out = dense + size_t(blockIdx.x) * max_length * dim;
    for (int i = threadIdx.x; i < max_length * dim; i += 128)
        out[i] = i < kept ? values[size_t(first) * dim + i] : 0;
}
