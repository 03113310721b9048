// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Attention, forward: one thread works through one query, in three passes over the keys (maximum, sum, result). Inputs
// and results are half precision, all arithmetic is float. The first dimension is batch times heads.
//
// Each pass computes the same dot products again, every thread loads all keys and values of its head by itself, and the
// tensor cores have nothing to do.
//
// warploom: launch attention<<<dim3(ceil_div(seq, 128), heads), 128>>>(q, k, v, y, seq, scale)

#include <cuda_fp16.h>

constexpr int kDim = 64;

__device__ float score(const half* query, const half* key, float scale)
{
    float sum = 0;
    for (int d = 0; d < kDim; ++d)
        sum += __half2float(query[d]) * __half2float(key[d]);
    return sum * scale;
}

extern "C" __global__ void attention(const half* q, const half* k, const half* v, half* y, int seq, float scale)
{
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= seq)
        return;
    size_t head = size_t(blockIdx.y) * seq * kDim;
    const half* query = q + head + size_t(row) * kDim;
    const half* keys = k + head;
    const half* values = v + head;
    half* out = y + head + size_t(row) * kDim;

    float largest = score(query, keys, scale);
    for (int j = 1; j < seq; ++j)
        largest = fmaxf(largest, score(query, keys + size_t(j) * kDim, scale));

    float sum = 0;
    for (int j = 0; j < seq; ++j)
        sum += expf(score(query, keys + size_t(j) * kDim, scale) - largest);

    float result[kDim] = {};
    for (int j = 0; j < seq; ++j) {
        float weight = expf(score(query, keys + size_t(j) * kDim, scale) - largest) / sum;
        for (int d = 0; d < kDim; ++d)
            result[d] += weight * __half2float(values[size_t(j) * kDim + d]);
    }
    for (int d = 0; d < kDim; ++d)
        out[d] = __float2half(result[d]);
}
