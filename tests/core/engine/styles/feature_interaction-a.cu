// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// feature_interaction: a block of one thread a pair.
// expects: plain-form
// warploom: launch k<<<dim3(features, features, batch), 1>>>(x, out, features, dim)
__global__ void k(const float* x, float* out, int F, int D)
{
    int i = blockIdx.x, j = blockIdx.y, b = blockIdx.z;
    if (j <= i) return;
    float s = 0;
    for (int d = 0; d < D; d++) s += x[((size_t)b * F + i) * D + d] * x[((size_t)b * F + j) * D + d];
    out[(size_t)b * (F * (F - 1) / 2) + i * F - i * (i + 1) / 2 + (j - i - 1)] = s;
}
