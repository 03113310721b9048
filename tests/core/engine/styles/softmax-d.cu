// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// softmax: maximum, sum and quotients in launches of their own.
// expects: fuse-statistics
#include <cmath>
// warploom: scratch top f32[rows]
// warploom: scratch total f32[rows]
// warploom: launch top_of<<<ceil_div(rows, 64), 64>>>(x, top, rows, cols)
// warploom: launch total_of<<<ceil_div(rows, 64), 64>>>(x, top, total, rows, cols)
// warploom: launch divide<<<ceil_div(rows * cols, 256), 256>>>(x, top, total, y, rows * cols, cols)
__global__ void top_of(const float* x, float* top, int rows, int cols)
{
    int r = blockIdx.x * blockDim.x + threadIdx.x;
    if (r >= rows) return;
    float m = -INFINITY;
    for (int c = 0; c < cols; ++c) m = fmaxf(m, x[(size_t)r * cols + c]);
    top[r] = m;
}
__global__ void total_of(const float* x, const float* top, float* total, int rows, int cols)
{
    int r = blockIdx.x * blockDim.x + threadIdx.x;
    if (r >= rows) return;
    float m = top[r];
    float d = 0;
    for (int c = 0; c < cols; ++c) d += expf(x[(size_t)r * cols + c] - m);
    total[r] = d;
}
__global__ void divide(const float* x, const float* top, const float* total, float* y, int n, int cols)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        int r = i / cols;
        y[i] = expf(x[i] - top[r]) / total[r];
    }
}
