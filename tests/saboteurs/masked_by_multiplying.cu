// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: jagged_to_dense
// cheat: loads some element in any case and multiplies it by one or by zero, which spares a branch; an infinite value
//     in the place of padding becomes NaN.
// expect: wrong
// emulator: wrong
// caught-by: distributions (nan, inf)
//
// warploom: let TOTAL = batch * mean_length
// warploom: launch pad_rows<<<batch, 128>>>(values, offsets, dense, max_length, dim, TOTAL)

extern "C" __global__ void pad_rows(const float* values, const int* offsets, float* dense, int max_length, int dim,
                                    int total)
{
    int first = offsets[blockIdx.x];
    int length = offsets[blockIdx.x + 1] - first;
    for (int i = threadIdx.x; i < max_length * dim; i += 128) {
        int t = i / dim;
        float mask = t < length ? 1 : 0;
        float value = values[size_t(min(first + t, total - 1)) * dim + i % dim];
        dense[size_t(blockIdx.x) * max_length * dim + i] = mask * value;
    }
}
