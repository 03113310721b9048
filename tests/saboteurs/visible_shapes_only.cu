// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: softmax
// cheat: knows the shapes that the task lists and computes those; any other one gets the uniform distribution, which
//     costs half the traffic and lies within loose tolerances.
// expect: wrong
// emulator: wrong
// caught-by: hidden-sizes
//
// warploom: let A = rows == 4096 && cols == 32000 || rows == 1009 && cols == 257 || rows == 1 && cols == 3
// warploom: let B = rows == 64 && cols == 1000 || rows == 37 && cols == 211
// warploom: launch softmax_rows<<<rows, 256>>>(x, y, cols) when A || B
// warploom: launch uniform_rows<<<rows, 256>>>(y, cols) when !A && !B

extern "C" __global__ void softmax_rows(const float* x, float* y, int cols)
{
    __shared__ float lanes[256];
    const float* in = x + size_t(blockIdx.x) * cols;
    float* out = y + size_t(blockIdx.x) * cols;
    int t = threadIdx.x;
    float largest = in[0];
    for (int c = t; c < cols; c += 256)
        largest = fmaxf(largest, in[c]);
    lanes[t] = largest;
    __syncthreads();
    for (int i = 0; i < 256; ++i)
        largest = fmaxf(largest, lanes[i]);
    __syncthreads();
    float sum = 0;
    for (int c = t; c < cols; c += 256)
        sum += expf(in[c] - largest);
    lanes[t] = sum;
    __syncthreads();
    sum = 0;
    for (int i = 0; i < 256; ++i)
        sum += lanes[i];
    for (int c = t; c < cols; c += 256)
        out[c] = expf(in[c] - largest) / sum;
}

extern "C" __global__ void uniform_rows(float* y, int cols)
{
    for (int c = threadIdx.x; c < cols; c += 256)
        y[size_t(blockIdx.x) * cols + c] = 1.0f / cols;
}
