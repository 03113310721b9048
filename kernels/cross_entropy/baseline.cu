// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Cross entropy of logits and a label a row: one thread works through one row, in two passes (maximum, sum).
//
// The threads of a warp stand in 32 different rows, so each load of the warp touches 32 different places in memory; and
// with a few thousand rows there are far fewer threads than the card could run.
//
// warploom: launch cross_entropy<<<ceil_div(rows, 256), 256>>>(logits, labels, loss, rows, classes)

extern "C" __global__ void cross_entropy(const float* logits, const int* labels, float* loss, int rows, int classes)
{
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows)
        return;
    const float* in = logits + size_t(row) * classes;

    float largest = in[0];
    for (int c = 1; c < classes; ++c)
        largest = fmaxf(largest, in[c]);

    float sum = 0;
    for (int c = 0; c < classes; ++c)
        sum += expf(in[c] - largest);

    loss[row] = logf(sum) + (largest - in[labels[row]]);
}
