// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: attention
// cheat: leaves the maximum of the scores out, and with it one pass of three: scores of normal queries and keys never
//     come near the end of exp().
// expect: wrong
// emulator: wrong
// caught-by: distributions
//
// warploom: launch attention<<<dim3(ceil_div(seq, 64), heads), 64>>>(q, k, v, y, seq, scale)

#include <cuda_fp16.h>

extern "C" __global__ void attention(const half* q, const half* k, const half* v, half* y, int seq, float scale)
{
    int row = blockIdx.x * 64 + threadIdx.x;
    if (row >= seq)
        return;
    size_t head = size_t(blockIdx.y) * seq * 64;
    const half* query = q + head + size_t(row) * 64;
    float result[64] = {};
    float sum = 0;
    for (int j = 0; j < seq; ++j) {
        const half* key = k + head + size_t(j) * 64;
        const half* value = v + head + size_t(j) * 64;
        float score = 0;
        for (int d = 0; d < 64; ++d)
            score += __half2float(query[d]) * __half2float(key[d]);
        float weight = expf(score * scale);
        sum += weight;
        for (int d = 0; d < 64; ++d)
            result[d] += weight * __half2float(value[d]);
    }
    for (int d = 0; d < 64; ++d)
        y[head + size_t(row) * 64 + d] = __float2half(result[d] / sum);
}
