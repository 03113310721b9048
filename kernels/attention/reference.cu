// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What attention must compute, in float64: one thread a query.
//
// warploom: launch attention_reference<<<dim3(ceil_div(seq, 32), heads), 32>>>(q, k, v, y, seq, scale)

#include <cuda_fp16.h>

constexpr int kDim = 64;

__device__ double score(const half* query, const half* key, double scale)
{
    double sum = 0;
    for (int d = 0; d < kDim; ++d)
        sum += double(__half2float(query[d])) * double(__half2float(key[d]));
    return sum * scale;
}

extern "C" __global__ void attention_reference(const half* q, const half* k, const half* v, double* y, int seq,
                                               float scale)
{
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= seq)
        return;
    size_t head = size_t(blockIdx.y) * seq * kDim;
    const half* query = q + head + size_t(row) * kDim;
    const half* keys = k + head;
    const half* values = v + head;
    double* out = y + head + size_t(row) * kDim;

    double largest = score(query, keys, scale);
    for (int j = 1; j < seq; ++j)
        largest = fmax(largest, score(query, keys + size_t(j) * kDim, scale));

    for (int d = 0; d < kDim; ++d)
        out[d] = 0;
    double sum = 0;
    for (int j = 0; j < seq; ++j) {
        double weight = exp(score(query, keys + size_t(j) * kDim, scale) - largest);
        sum += weight;
        for (int d = 0; d < kDim; ++d)
            out[d] += weight * double(__half2float(values[size_t(j) * kDim + d]));
    }
    for (int d = 0; d < kDim; ++d)
        out[d] /= sum;
}
