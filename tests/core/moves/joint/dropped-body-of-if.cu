// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// A barrier is all that a condition is about.
//
// warploom: launch k<<<rows, 128>>>(x, y, rows, cols)
__global__ void k(const float* x, float* y, int rows, int cols)
{
    __shared__ float part[128];
    int row = blockIdx.x;
    int t = threadIdx.x;
    for (int g = 0; g < 3; ++g) {
        float s = 0.0f;
        for (int c = t; c < cols; c += 128) s += x[((size_t)row * 3 + g) * cols + c];
        if (g > 0) __syncthreads();
        part[t] = s;
        __syncthreads();
        for (int h = 64; h > 0; h >>= 1) {
            if (t < h) part[t] += part[t + h];
            __syncthreads();
        }
        if (t == 0) y[row * 3 + g] = part[0];
    }
}
