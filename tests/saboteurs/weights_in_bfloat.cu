// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: attention
// cheat: rounds the weights to bfloat16 before they meet the values, as a kernel for bfloat16 may; here the results
//     have three bits more.
// expect: wrong suspect
// emulator: wrong suspect
// caught-by: right, error-ratio
//
// warploom: launch attention<<<dim3(ceil_div(seq, 64), heads), 64>>>(q, k, v, y, seq, scale)

#include <cuda_bf16.h>
#include <cuda_fp16.h>

extern "C" __global__ void attention(const half* q, const half* k, const half* v, half* y, int seq, float scale)
{
    int row = blockIdx.x * 64 + threadIdx.x;
    if (row >= seq)
        return;
    size_t head = size_t(blockIdx.y) * seq * 64;
    const half* query = q + head + size_t(row) * 64;
    float largest = -3.402823466e38f;
    float result[64] = {};
    float sum = 0;
    for (int j = 0; j < seq; ++j) {
        float score = 0;
        for (int d = 0; d < 64; ++d)
            score += __half2float(query[d]) * __half2float(k[head + size_t(j) * 64 + d]);
        float next = fmaxf(largest, score * scale);
        float shrink = expf(largest - next);
        float weight = expf(score * scale - next);
        largest = next;
        sum = sum * shrink + weight;
        weight = __bfloat162float(__float2bfloat16(weight));
        for (int d = 0; d < 64; ++d)
            result[d] = result[d] * shrink + weight * __half2float(v[head + size_t(j) * 64 + d]);
    }
    for (int d = 0; d < 64; ++d)
        y[head + size_t(row) * 64 + d] = __float2half(result[d] / sum);
}
