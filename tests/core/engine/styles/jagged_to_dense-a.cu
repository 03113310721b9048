// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// jagged_to_dense: a block a row, a thread an element.
// expects: known-divisors
// warploom: launch k<<<dim3(max_length, batch), dim>>>(values, offsets, dense, max_length, dim)
__global__ void k(const float* v, const int* off, float* dense, int L, int D)
{
    int t = blockIdx.x, b = blockIdx.y, d = threadIdx.x;
    int len = off[b + 1] - off[b];
    dense[((size_t)b * L + t) * D + d] = t < len ? v[((size_t)off[b] + t) * D + d] : 0.f;
}
