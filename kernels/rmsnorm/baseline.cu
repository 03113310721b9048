// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Row-wise RMS normalisation of bfloat16 values: one thread works through one row, in two passes (squares, result), and
// computes in float.
//
// The threads of a warp stand in 32 different rows, so each load of the warp touches 32 different places in memory, for
// two bytes each.
//
// warploom: launch rmsnorm_rows<<<ceil_div(rows, 256), 256>>>(x, w, y, rows, cols, eps)

#include <cuda_bf16.h>

extern "C" __global__ void rmsnorm_rows(const __nv_bfloat16* x, const __nv_bfloat16* w, __nv_bfloat16* y, int rows,
                                        int cols, float eps)
{
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows)
        return;
    const __nv_bfloat16* in = x + size_t(row) * cols;
    __nv_bfloat16* out = y + size_t(row) * cols;

    float squares = 0;
    for (int c = 0; c < cols; ++c) {
        float value = __bfloat162float(in[c]);
        squares += value * value;
    }
    float scale = 1.0f / sqrtf(squares / cols + eps);

    for (int c = 0; c < cols; ++c)
        out[c] = __float2bfloat16(__bfloat162float(in[c]) * scale * __bfloat162float(w[c]));
}
