// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: cross_entropy
// cheat: leaves the maximum out of the exponentials, and with it one pass of two: logits of a normal distribution never
//     overflow.
// expect: wrong
// emulator: wrong
// caught-by: distributions
//
// warploom: launch cross_entropy<<<ceil_div(rows, 4), dim3(32, 4)>>>(logits, labels, loss, rows, classes)

extern "C" __global__ void cross_entropy(const float* logits, const int* labels, float* loss, int rows, int classes)
{
    int row = blockIdx.x * 4 + threadIdx.y;
    if (row >= rows)
        return;
    const float* in = logits + size_t(row) * classes;
    float sum = 0;
    for (int c = threadIdx.x; c < classes; c += 32)
        sum += expf(in[c]);
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_xor_sync(0xffffffffu, sum, offset);
    if (threadIdx.x == 0)
        loss[row] = logf(sum) - in[labels[row]];
}
