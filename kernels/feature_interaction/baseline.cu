// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Dot products of all pairs of feature vectors: one thread computes one pair of one sample.
//
// Each vector is loaded once for every other one. The threads of a warp stand in up to 32 different vectors, so each of
// its loads touches as many places in memory.
//
// warploom: let PAIRS = features * (features - 1) / 2
// warploom: let RESULTS = batch * PAIRS
// warploom: launch pair_products<<<ceil_div(RESULTS, 256), 256>>>(x, out, RESULTS, PAIRS, features, dim)

extern "C" __global__ void pair_products(const float* x, float* out, long long results, int pairs, int features,
                                         int dim)
{
    long long at = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (at >= results)
        return;
    long long sample = at / pairs;

    int i = 0;
    int rest = at % pairs;  // how many pairs further on, counted from 0-1, then from 1-2, …
    while (rest >= features - 1 - i) {
        rest -= features - 1 - i;
        ++i;
    }
    int j = i + 1 + rest;

    const float* a = x + (size_t(sample) * features + i) * dim;
    const float* b = x + (size_t(sample) * features + j) * dim;
    float sum = 0;
    for (int d = 0; d < dim; ++d)
        sum += a[d] * b[d];
    out[at] = sum;
}
