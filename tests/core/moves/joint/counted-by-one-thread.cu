// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread counts within an index.
//
// warploom: launch k<<<rows, 128>>>(x, y, z, rows, cols)
__global__ void k(const float* x, float* y, float* z, int rows, int cols)
{
    __shared__ float part[128];
    int row = blockIdx.x;
    int t = threadIdx.x;
    const float* line = x + (size_t)row * cols;
    int n = 0;
    float s = 0.0f;
    for (int c = t; c < cols; c += 128) s += line[c];
    part[t] = s;
    __syncthreads();
    for (int h = 64; h > 0; h >>= 1) {
        if (t < h) part[t] += part[t + h];
        __syncthreads();
    }
    if (t == 0) y[row + n++] = part[0];
    for (int c = t; c < cols; c += 128) z[(size_t)row * cols + c] = line[c] * n;
}
