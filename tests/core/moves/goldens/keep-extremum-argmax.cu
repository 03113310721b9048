// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Place of the largest value in each row: one thread works through one row.
//
// The threads of a warp stand in 32 different rows, so each load of the warp touches 32 different places in memory; and
// with a few thousand rows there are far fewer threads than the card could run.
//
// warploom: launch argmax_rows<<<ceil_div(rows, 256), 256>>>(x, index, rows, cols)

extern "C" __global__ void argmax_rows(const float* x, int* index, int rows, int cols)
{
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows)
        return;
    const float* in = x + size_t(row) * cols;

    int best = 0;
    float best_value = 1 < cols ? in[best] : float(0);
    for (int c = 0; c < cols; ++c) {
        if (in[c] > best_value) {
            best_value = in[c];
            best = c;
        }
    }
    index[row] = best;
}
