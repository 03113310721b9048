// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// top_k: a while loop within, unroll pragma.
// expects: select-per-warp
#include <cmath>
// warploom: launch k<<<ceil_div(rows, 128), 128>>>(x, largest, rows, cols)
__global__ void k(const float* x, float* out, int R, int C)
{
    int r = blockIdx.x * blockDim.x + threadIdx.x;
    if (r >= R) return;
    float top[8];
    #pragma unroll
    for (int i = 0; i < 8; i++) top[i] = -INFINITY;
    for (int c = 0; c < C; c++) {
        float v = x[(size_t)r * C + c];
        if (v > top[7]) {
            int p = 7;
            while (p > 0 && top[p - 1] < v) { top[p] = top[p - 1]; p--; }
            top[p] = v;
        }
    }
    for (int i = 0; i < 8; i++) out[(size_t)r * 8 + i] = top[i];
}
