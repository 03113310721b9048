// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// A choice within a condition.
//
// warploom: launch k<<<rows, 128>>>(x, y, rows, cols, limit, all)
__global__ void k(const float* x, float* y, int rows, int cols, int limit, int all)
{
    __shared__ float part[128];
    int row = blockIdx.x;
    int t = threadIdx.x;
    float s = 0.0f;
    for (int c = t; c < cols; c += 128) s += x[(size_t)row * cols + c];
    part[t] = s;
    __syncthreads();
    for (int h = 64; h > 0; h >>= 1) {
        if (t < h) part[t] += part[t + h];
        __syncthreads();
    }
    if (t == 0 && row < limit && (all || row % 2 == 0)) y[row] = part[0];
}
