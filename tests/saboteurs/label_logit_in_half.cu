// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: cross_entropy
// cheat: keeps what it has read of a row in shared memory as halves, which holds rows twice as long, and takes the
//     label's logit from there: the sum of the exponentials is made of floats and gives nothing away.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: launch cross_entropy<<<rows, 128, min(classes, 20000) * 2>>>(logits, labels, loss, classes)

#include <cuda_fp16.h>

extern "C" __global__ void cross_entropy(const float* logits, const int* labels, float* loss, int classes)
{
    extern __shared__ half kept[];
    __shared__ float lanes[128];
    const float* in = logits + size_t(blockIdx.x) * classes;
    int t = threadIdx.x;
    float largest = in[0];
    for (int c = t; c < classes; c += 128) {
        largest = fmaxf(largest, in[c]);
        if (c < 20000)
            kept[c] = __float2half(in[c]);
    }
    lanes[t] = largest;
    __syncthreads();
    for (int i = 0; i < 128; ++i)
        largest = fmaxf(largest, lanes[i]);
    __syncthreads();
    float sum = 0;
    for (int c = t; c < classes; c += 128)
        sum += expf(in[c] - largest);
    lanes[t] = sum;
    __syncthreads();
    if (t != 0)
        return;
    sum = 0;
    for (int i = 0; i < 128; ++i)
        sum += lanes[i];
    int label = labels[blockIdx.x];
    float chosen = label < 20000 ? __half2float(kept[label]) : in[label];
    loss[blockIdx.x] = logf(sum) + (largest - chosen);
}
