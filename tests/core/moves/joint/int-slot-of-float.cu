// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// A real number is cut off where it is stored.
//
// warploom: launch k<<<rows, 128>>>(x, a, y, rows, cols)
__global__ void k(const float* x, const float* a, float* y, int rows, int cols)
{
    __shared__ float part[128];
    __shared__ int steps;
    int row = blockIdx.x;
    int t = threadIdx.x;
    const float* line = x + (size_t)row * cols;
    float scale = a[row];
    float s = 0.0f;
    for (int c = t; c < cols; c += 128) s += line[c];
    part[t] = s;
    if (t == 0) steps = scale;
    __syncthreads();
    for (int h = 64; h > 0; h >>= 1) {
        if (t < h) part[t] += part[t + h];
        __syncthreads();
    }
    for (int c = t; c < cols; c += 128) y[(size_t)row * cols + c] = line[c] * steps + part[0];
}
