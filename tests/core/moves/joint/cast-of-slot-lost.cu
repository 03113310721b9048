// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// A whole number becomes a real one where it is read.
//
// warploom: launch k<<<rows, 128>>>(x, y, rows, cols)
__global__ void k(const float* x, float* y, int rows, int cols)
{
    __shared__ int part[128];
    __shared__ int valid;
    int row = blockIdx.x;
    int t = threadIdx.x;
    const float* line = x + (size_t)row * cols;
    int count = 0;
    for (int c = t; c < cols; c += 128)
        if (line[c] > 0.0f) count += 1;
    part[t] = count;
    __syncthreads();
    for (int h = 64; h > 0; h >>= 1) {
        if (t < h) part[t] += part[t + h];
        __syncthreads();
    }
    if (t == 0) valid = part[0] + 1;
    __syncthreads();
    for (int c = t; c < cols; c += 128) y[(size_t)row * cols + c] = line[c] * ((float)valid / cols);
}
