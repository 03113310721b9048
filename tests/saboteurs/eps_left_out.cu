// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: rmsnorm
// cheat: leaves eps out of the mean square, where it changes no bit as long as the values are of a usual size.
// expect: wrong
// emulator: wrong
// caught-by: distributions
//
// warploom: launch rmsnorm_rows<<<ceil_div(rows, 4), dim3(32, 4)>>>(x, w, y, rows, cols)

#include <cuda_bf16.h>

extern "C" __global__ void rmsnorm_rows(const __nv_bfloat16* x, const __nv_bfloat16* w, __nv_bfloat16* y, int rows,
                                        int cols)
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
    float scale = rsqrtf(squares / cols);
    for (int c = threadIdx.x; c < cols; c += 32)
        y[first + c] = __float2bfloat16(__bfloat162float(x[first + c]) * scale * __bfloat162float(w[c]));
}
