// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: feature_interaction
// cheat: gives a lane of a warp to each vector and passes them round: more than 32 have no lane, and the task lists no
//     size with as many.
// expect: wrong
// emulator: ok (hidden sizes with as many features are too large for it)
// caught-by: hidden-sizes
// missed: card emulator (every second run draws hidden sizes with more than 32 features, and the first does not)
//
// warploom: launch pair_products<<<batch, 32>>>(x, out, features, dim)

extern "C" __global__ void pair_products(const float* x, float* out, int features, int dim)
{
    const float* in = x + size_t(blockIdx.x) * features * dim;
    float* first = out + size_t(blockIdx.x) * (features * (features - 1) / 2);
    int j = threadIdx.x;
    for (int i = 0; i < min(features, 32); ++i) {
        float sum = 0;
        for (int d = 0; d < dim; ++d) {
            float value = j < features ? in[j * dim + d] : 0;
            sum += __shfl_sync(0xffffffffu, value, i) * value;
        }
        if (j > i && j < features)
            first[j - i - 1] = sum;
        first += features - 1 - i;
    }
}
