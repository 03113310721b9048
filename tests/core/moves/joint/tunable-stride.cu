// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// The step of the loop follows a tunable.
//
// warploom: tune V = 2 4
// warploom: launch k<<<rows, 128>>>(x, w, y, rows, cols)
__global__ void k(const float* x, const float* w, float* y, int rows, int cols)
{
    __shared__ float part[128];
    int row = blockIdx.x;
    int t = threadIdx.x;
    const float* line = x + (size_t)row * cols;
    float s = 0.0f;
    for (int c = t * V; c < cols; c += 128 * V)
        for (int k = 0; k < V; ++k) s += line[c + k] * w[k];
    part[t] = s;
    __syncthreads();
    for (int h = 64; h > 0; h >>= 1) {
        if (t < h) part[t] += part[t + h];
        __syncthreads();
    }
    if (t == 0) y[row] = part[0];
}
