// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// column_sum: blocks of 32 x 8, rows shared out by y.
// moves: split-sum
// warploom: launch k<<<ceil_div(cols, 32), dim3(32, 8)>>>(x, y, rows, cols)
__global__ void k(const float* x, float* y, int rows, int cols)
{
    __shared__ float part[8][32];
    int c = blockIdx.x * 32 + threadIdx.x;
    float s = 0;
    if (c < cols)
        for (int r = threadIdx.y; r < rows; r += 8) s += x[(size_t)r * cols + c];
    part[threadIdx.y][threadIdx.x] = s;
    __syncthreads();
    for (int h = 4; h > 0; h /= 2) {
        if (threadIdx.y < h) part[threadIdx.y][threadIdx.x] += part[threadIdx.y + h][threadIdx.x];
        __syncthreads();
    }
    if (threadIdx.y == 0 && c < cols) y[c] = part[0][threadIdx.x];
}
