// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Threads add up in arrays of their own, too.
//
// warploom: launch k<<<rows, 128>>>(x, y, z, rows, cols)
__global__ void k(const float* x, float* y, float* z, int rows, int cols)
{
    __shared__ float part[128];
    int row = blockIdx.x;
    int t = threadIdx.x;
    const float* line = x + (size_t)row * cols;
    float acc[2] = {0.0f, 0.0f};
    float s = 0.0f;
    for (int c = t; c < cols; c += 128) {
        acc[(c / 128) % 2] += line[c];
        s += line[c];
    }
    part[t] = s;
    __syncthreads();
    for (int h = 64; h > 0; h >>= 1) {
        if (t < h) part[t] += part[t + h];
        __syncthreads();
    }
    if (t == 0) {
        y[row] = acc[0] - acc[1];
        z[row] = part[0];
    }
}
