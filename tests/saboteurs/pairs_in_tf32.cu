// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: feature_interaction
// cheat: rounds the vectors to TF32, as tensor cores take them, and adds in float: nearly all the arithmetic for
//     nothing.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: launch pair_products<<<batch, 128>>>(x, out, features, dim)

__device__ float rounded(float value)
{
    return __uint_as_float((__float_as_uint(value) + 0x1000u) & 0xffffe000u);
}

extern "C" __global__ void pair_products(const float* x, float* out, int features, int dim)
{
    const float* in = x + size_t(blockIdx.x) * features * dim;
    int pairs = features * (features - 1) / 2;
    for (int p = threadIdx.x; p < pairs; p += 128) {
        int i = 0;
        int rest = p;
        for (; rest >= features - 1 - i; ++i)
            rest -= features - 1 - i;
        int j = i + 1 + rest;
        float sum = 0;
        for (int d = 0; d < dim; ++d)
            sum += rounded(in[i * dim + d]) * rounded(in[j * dim + d]);
        out[size_t(blockIdx.x) * pairs + p] = sum;
    }
}
