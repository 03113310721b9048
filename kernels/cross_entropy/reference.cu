// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What cross_entropy must compute, in float64: one thread a row.
//
// warploom: launch cross_entropy_reference<<<ceil_div(rows, 32), 32>>>(logits, labels, loss, rows, classes)

extern "C" __global__ void cross_entropy_reference(const float* logits, const int* labels, double* loss, int rows,
                                                   int classes)
{
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows)
        return;
    const float* in = logits + size_t(row) * classes;

    double largest = in[0];
    for (int c = 1; c < classes; ++c)
        largest = fmax(largest, double(in[c]));

    double sum = 0;
    for (int c = 0; c < classes; ++c)
        sum += exp(in[c] - largest);

    loss[row] = log(sum) + largest - double(in[labels[row]]);
}
