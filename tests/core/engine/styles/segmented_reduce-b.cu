// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// segmented_reduce: counts with while from where the segment begins.
// expects: row-per-block
// warploom: launch k<<<ceil_div(segments, 192), 192>>>(values, offsets, sums, segments)
__global__ void k(const float* v, const int* off, float* out, int n)
{
    int s = threadIdx.x + blockDim.x * blockIdx.x;
    if (s < n) {
        float acc = 0.f;
        int i = off[s];
        int stop = off[s + 1];
        while (i < stop) {
            acc += v[i];
            i++;
        }
        out[s] = acc;
    }
}
