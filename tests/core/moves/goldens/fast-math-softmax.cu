// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Row-wise softmax: one thread works through one row, in three passes.
//
// The threads of a warp stand in 32 different rows, so each load of the warp touches 32 different places in memory; and
// with a few thousand rows there are far fewer threads than the card could run.
//
// warploom: launch softmax_rows<<<ceil_div(rows, 256), 256>>>(x, y, rows, cols)

extern "C" __global__ void softmax_rows(const float* x, float* y, int rows, int cols)
{
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows)
        return;
    const float* in = x + size_t(row) * cols;
    float* out = y + size_t(row) * cols;

    float largest = in[0];
    for (int c = 1; c < cols; ++c)
        largest = fmaxf(largest, in[c]);

    float sum = 0;
    for (int c = 0; c < cols; ++c)
        sum += __expf(in[c] - largest);

    for (int c = 0; c < cols; ++c)
        out[c] = __fdividef(__expf(in[c] - largest), sum);
}
