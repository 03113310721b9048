// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each result.
//
// warploom: let TOTAL = batch * seq * heads * dim
// warploom: launch permute_reference<<<ceil_div(TOTAL, 128), 128>>>(k, kt, TOTAL, seq, heads, dim)

#include <cuda_fp16.h>

extern "C" __global__ void permute_reference(const __half* k, double* kt, long long total, long long seq,
                                             long long heads, long long dim)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= total)
        return;
    long long s = i % seq;
    long long d = i / seq % dim;
    long long h = i / seq / dim % heads;
    long long b = i / seq / dim / heads;
    kt[i] = double(__half2float(k[((b * seq + s) * heads + h) * dim + d]));
}
