// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// embedding_bag: a block a bag, a thread a column.
// expects: gather-batch
// warploom: launch k<<<bags, dim>>>(table, indices, offsets, out, dim)
__global__ void k(const float* __restrict__ table, const int* __restrict__ idx, const int* __restrict__ off, float* __restrict__ out, int D)
{
    int b = blockIdx.x;
    int d = threadIdx.x;
    int start = off[b], end = off[b + 1];
    float s = 0.f;
    for (int i = start; i < end; i++) s += table[(long)idx[i] * D + d];
    out[(long)b * D + d] = s;
}
