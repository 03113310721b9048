// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Jagged rows to a padded array: one thread writes one element.
//
// Every thread divides three times to find out where it stands, and loads the two offsets of its row anew.
//
// warploom: let ELEMENTS = batch * max_length * dim
// warploom: launch pad_rows<<<ceil_div(ELEMENTS, 256), 256>>>(values, offsets, dense, ELEMENTS, max_length, dim)

extern "C" __global__ void pad_rows(const float* values, const int* offsets, float* dense, long long elements,
                                    int max_length, int dim)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= elements)
        return;
    int d = i % dim;
    int t = i / dim % max_length;
    int row = i / dim / max_length;

    int length = offsets[row + 1] - offsets[row];
    dense[i] = t < length ? values[(size_t(offsets[row]) + t) * dim + d] : 0.0f;
}
