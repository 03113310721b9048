// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: attention
// cheat: looks at the 64 keys on either side of the query and at no other: sequences as short as those that a quick
//     test takes lie within, and the time no longer grows with the square of their length.
// expect: wrong
// emulator: ok wrong (its sequences, the hidden ones too, are hardly longer than the window)
// caught-by: right, hidden-sizes
//
// warploom: launch attention<<<dim3(ceil_div(seq, 64), heads), 64>>>(q, k, v, y, seq, scale)

#include <cuda_fp16.h>

__device__ float score(const half* query, const half* key, float scale)
{
    float sum = 0;
    for (int d = 0; d < 64; ++d)
        sum += __half2float(query[d]) * __half2float(key[d]);
    return sum * scale;
}

extern "C" __global__ void attention(const half* q, const half* k, const half* v, half* y, int seq, float scale)
{
    int row = blockIdx.x * 64 + threadIdx.x;
    if (row >= seq)
        return;
    size_t head = size_t(blockIdx.y) * seq * 64;
    const half* query = q + head + size_t(row) * 64;
    int first = max(0, row - 64);
    int end = min(seq, row + 65);
    float largest = score(query, k + head + size_t(first) * 64, scale);
    for (int j = first + 1; j < end; ++j)
        largest = fmaxf(largest, score(query, k + head + size_t(j) * 64, scale));
    float result[64] = {};
    float sum = 0;
    for (int j = first; j < end; ++j) {
        float weight = expf(score(query, k + head + size_t(j) * 64, scale) - largest);
        sum += weight;
        for (int d = 0; d < 64; ++d)
            result[d] += weight * __half2float(v[head + size_t(j) * 64 + d]);
    }
    for (int d = 0; d < 64; ++d)
        y[head + size_t(row) * 64 + d] = __float2half(result[d] / sum);
}
