// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What argmax must compute: one thread a row. It goes from the end to the start and takes every value that no value
// behind it exceeds, so that the first of equal ones is the last it takes.
//
// warploom: launch argmax_reference<<<ceil_div(rows, 32), 32>>>(x, index, rows, cols)

extern "C" __global__ void argmax_reference(const float* x, int* index, long long rows, long long cols)
{
    long long row = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (row >= rows)
        return;
    const float* in = x + row * cols;

    double largest = in[cols - 1];
    long long first = cols - 1;
    for (long long c = cols - 2; c >= 0; --c) {
        if (double(in[c]) >= largest) {
            largest = in[c];
            first = c;
        }
    }
    index[row] = int(first);
}
