// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// The sum is asked for beside the number that takes its place.
//
// warploom: launch k<<<rows, 128>>>(x, y, z, rows, cols)
__global__ void k(const float* x, float* y, float* z, int rows, int cols)
{
    __shared__ float part[128];
    int row = blockIdx.x;
    int t = threadIdx.x;
    const float* line = x + (size_t)row * cols;
    float total;
    float s = 0.0f;
    for (int c = t; c < cols; c += 128) s += line[c];
    part[t] = s;
    __syncthreads();
    for (int h = 64; h > 0; h >>= 1) {
        if (t < h) part[t] += part[t + h];
        __syncthreads();
    }
    total = part[0];
    s = 1.0f;
    for (int c = t; c < cols; c += 128) {
        y[(size_t)row * cols + c] = line[c] / total;
        z[(size_t)row * cols + c] = s;
    }
}
