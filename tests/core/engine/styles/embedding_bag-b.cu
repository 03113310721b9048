// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// embedding_bag: a thread a bag.
// expects: gather-batch
// warploom: launch k<<<ceil_div(bags, 128), 128>>>(table, indices, offsets, out, bags, dim)
__global__ void k(const float* table, const int* idx, const int* off, float* out, int B, int D)
{
    int b = blockIdx.x * blockDim.x + threadIdx.x;
    if (b >= B) return;
    for (int d = 0; d < D; d++) {
        float s = 0.f;
        for (int i = off[b]; i < off[b + 1]; i++) s += table[(long)idx[i] * D + d];
        out[(long)b * D + d] = s;
    }
}
