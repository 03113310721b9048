// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Added up in float64.
//
// warploom: zero grad_weight
// warploom: let TOTAL = tokens * dim
// warploom: launch embedding_reference<<<ceil_div(TOTAL, 128), 128>>>(grad_out, idx, grad_weight, TOTAL, dim, padding_idx, scale)

extern "C" __global__ void embedding_reference(const float* grad_out, const long long* idx, double* grad_weight,
                                               long long total, long long dim, long long padding_idx, float scale)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= total)
        return;
    long long v = idx[i / dim];
    if (v != padding_idx)
        atomicAdd(&grad_weight[v * dim + i % dim], double(grad_out[i]) * double(scale));
}
