// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// The sum has the name of a variable within the loop that asks for it.
//
// warploom: launch k<<<rows, 128>>>(x, y, rows, cols)
__global__ void k(const float* x, float* y, int rows, int cols)
{
    __shared__ float red[128];
    int t = threadIdx.x;
    const float* in = x + (size_t)blockIdx.x * cols;
    float* out = y + (size_t)blockIdx.x * cols;
    float v = 0.0f;
    for (int c = t; c < cols; c += 128) v += in[c];
    red[t] = v;
    __syncthreads();
    for (int h = 64; h > 0; h >>= 1) {
        if (t < h) red[t] += red[t + h];
        __syncthreads();
    }
    for (int c = t; c < cols; c += 128) {
        const float v = in[c];
        out[c] = v / red[0];
    }
}
