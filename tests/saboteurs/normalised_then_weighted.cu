// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: rmsnorm
// cheat: rounds the normalised value to bfloat16 and multiplies two of them at a time by their weights: half the
//     multiplications, one rounding more, and what well-known code does too.
// expect: wrong suspect
// emulator: wrong suspect
// caught-by: right, error-ratio
//
// warploom: launch rmsnorm_rows<<<ceil_div(rows, 4), dim3(32, 4)>>>(x, w, y, rows, cols, eps)

#include <cuda_bf16.h>

extern "C" __global__ void rmsnorm_rows(const __nv_bfloat16* x, const __nv_bfloat16* w, __nv_bfloat16* y, int rows,
                                        int cols, float eps)
{
    int row = blockIdx.x * 4 + threadIdx.y;
    if (row >= rows)
        return;
    size_t first = size_t(row) * cols;
    float squares = 0;
    for (int c = threadIdx.x; c < cols; c += 32)
        squares += __bfloat162float(x[first + c]) * __bfloat162float(x[first + c]);
    for (int offset = 16; offset > 0; offset /= 2)
        squares += __shfl_xor_sync(0xffffffffu, squares, offset);
    float scale = rsqrtf(squares / cols + eps);
    for (int c = 2 * threadIdx.x; c < cols; c += 64) {
        int next = min(c + 1, cols - 1);
        __nv_bfloat162 normalised = __floats2bfloat162_rn(__bfloat162float(x[first + c]) * scale,
                                                          __bfloat162float(x[first + next]) * scale);
        __nv_bfloat162 results = __hmul2(normalised, __halves2bfloat162(w[c], w[next]));
        y[first + c] = __low2bfloat16(results);
        if (next > c)
            y[first + next] = __high2bfloat16(results);
    }
}
