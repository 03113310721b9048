// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What rmsnorm must compute, in float64: one thread a row.
//
// warploom: launch rmsnorm_reference<<<ceil_div(rows, 32), 32>>>(x, w, y, rows, cols, eps)

#include <cuda_bf16.h>

extern "C" __global__ void rmsnorm_reference(const __nv_bfloat16* x, const __nv_bfloat16* w, double* y, int rows,
                                             int cols, float eps)
{
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows)
        return;
    const __nv_bfloat16* in = x + size_t(row) * cols;
    double* out = y + size_t(row) * cols;

    double squares = 0;
    for (int c = 0; c < cols; ++c) {
        double value = __bfloat162float(in[c]);
        squares += value * value;
    }
    double root = sqrt(squares / cols + eps);

    for (int c = 0; c < cols; ++c)
        out[c] = double(__bfloat162float(in[c])) * double(__bfloat162float(w[c])) / root;
}
