// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What softmax must compute, in float64: one thread a row.
//
// warploom: launch softmax_reference<<<ceil_div(rows, 32), 32>>>(x, y, rows, cols)

extern "C" __global__ void softmax_reference(const float* x, double* y, int rows, int cols)
{
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows)
        return;
    const float* in = x + size_t(row) * cols;
    double* out = y + size_t(row) * cols;

    double largest = in[0];
    for (int c = 1; c < cols; ++c)
        largest = fmax(largest, double(in[c]));

    double sum = 0;
    for (int c = 0; c < cols; ++c) {
        out[c] = exp(in[c] - largest);
        sum += out[c];
    }
    for (int c = 0; c < cols; ++c)
        out[c] /= sum;
}
