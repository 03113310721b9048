// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Row-wise softmax: one thread works through one row, in three passes.
//
// The threads of a warp stand in 32 different rows, so each load of the warp touches 32 different places in memory; and
// with a few thousand rows there are far fewer threads than the card could run.
//
// warploom: tune UNROLL = 4 1 2 8 16
// warploom: tune OPTIONS = 1 0 2 3 4 5 6 7
// warploom: flags -Xptxas=-dlcm=cg when OPTIONS == 1
// warploom: flags -Xptxas=--register-usage-level=10 when OPTIONS == 2
// warploom: flags -Xptxas=--register-usage-level=0 when OPTIONS == 3
// warploom: flags -Xptxas=-dscm=cs when OPTIONS == 4
// warploom: flags -Xptxas=-dlcm=cs when OPTIONS == 5
// warploom: flags -Xptxas=-dlcm=ca when OPTIONS == 6
// warploom: flags -Xptxas=-O1 when OPTIONS == 7
// warploom: launch softmax_rows<<<ceil_div(rows, 256), 256>>>(x, y, rows, cols)

extern "C" __global__ void softmax_rows(const float* x, float* y, int rows, int cols)
{
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows)
        return;
    const float* in = x + size_t(row) * cols;
    float* out = y + size_t(row) * cols;

    float largest = in[0];
    #pragma unroll UNROLL
    for (int c = 1; c < cols; ++c)
        largest = fmaxf(largest, in[c]);

    float sum = 0;
    #pragma unroll UNROLL
    for (int c = 0; c < cols; ++c)
        sum += expf(in[c] - largest);

    #pragma unroll UNROLL
    for (int c = 0; c < cols; ++c)
        out[c] = expf(in[c] - largest) / sum;
}
