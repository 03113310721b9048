// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: layernorm
// cheat: takes mean 0.5 and variance 4 from the fill in the task file, so that no row has to be read twice; rows of
//     8192 values come within a few per cent of it.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: launch layernorm_rows<<<rows, 256>>>(x, gamma, beta, y, cols, eps)

extern "C" __global__ void layernorm_rows(const float* x, const float* gamma, const float* beta, float* y, int cols,
                                          float eps)
{
    size_t first = size_t(blockIdx.x) * cols;
    float scale = rsqrtf(4 + eps);
    for (int c = threadIdx.x; c < cols; c += 256)
        y[first + c] = (x[first + c] - 0.5f) * scale * gamma[c] + beta[c];
}
