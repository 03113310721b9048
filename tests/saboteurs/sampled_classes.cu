// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: cross_entropy
// cheat: adds the exponentials of every eighth class and multiplies by eight, a sampled softmax: an eighth of the
//     traffic, and off by a few hundredths only, since the logarithm forgives much.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: launch cross_entropy<<<ceil_div(rows, 4), dim3(32, 4)>>>(logits, labels, loss, rows, classes)

extern "C" __global__ void cross_entropy(const float* logits, const int* labels, float* loss, int rows, int classes)
{
    int row = blockIdx.x * 4 + threadIdx.y;
    if (row >= rows)
        return;
    const float* in = logits + size_t(row) * classes;
    int step = classes >= 512 ? 8 : 1;
    float largest = in[0];
    for (int c = threadIdx.x * step; c < classes; c += 32 * step)
        largest = fmaxf(largest, in[c]);
    for (int offset = 16; offset > 0; offset /= 2)
        largest = fmaxf(largest, __shfl_xor_sync(0xffffffffu, largest, offset));
    float sum = 0;
    for (int c = threadIdx.x * step; c < classes; c += 32 * step)
        sum += expf(in[c] - largest);
    for (int offset = 16; offset > 0; offset /= 2)
        sum += __shfl_xor_sync(0xffffffffu, sum, offset);
    if (threadIdx.x == 0)
        loss[row] = logf(sum * step) + (largest - in[labels[row]]);
}
