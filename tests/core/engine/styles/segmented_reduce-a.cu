// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// segmented_reduce: begin and length of a segment, blocks of one thread.
// expects: row-per-block
// warploom: launch k<<<segments, 1>>>(values, offsets, sums)
__global__ void k(const float* v, const int* off, float* out)
{
    int s = blockIdx.x;
    int b = off[s], e = off[s + 1];
    float acc = 0;
    for (int i = 0; i < e - b; i++) acc += v[b + i];
    out[s] = acc;
}
