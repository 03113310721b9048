// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: stencil2d
// cheat: keeps its tile in half precision, which takes half the shared memory; the point itself stays float, and
//     neighbours weigh only a fifth each.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: let ACROSS = ceil_div(width, 32)
// warploom: let DOWN = ceil_div(height, 8)
// warploom: launch jacobi<<<dim3(ACROSS, DOWN), dim3(32, 8)>>>(x, next, height, width, omega)

#include <cuda_fp16.h>

extern "C" __global__ void jacobi(const float* x, float* next, int height, int width, float omega)
{
    __shared__ half tile[10][34];
    for (int r = threadIdx.y; r < 10; r += 8) {
        for (int c = threadIdx.x; c < 34; c += 32) {
            int row = min(max(int(blockIdx.y) * 8 + r - 1, 0), height - 1);
            int col = min(max(int(blockIdx.x) * 32 + c - 1, 0), width - 1);
            tile[r][c] = __float2half(x[size_t(row) * width + col]);
        }
    }
    __syncthreads();
    int row = blockIdx.y * 8 + threadIdx.y;
    int col = blockIdx.x * 32 + threadIdx.x;
    if (row >= height || col >= width)
        return;
    int r = threadIdx.y + 1;
    int c = threadIdx.x + 1;
    float own = x[size_t(row) * width + col];
    if (row > 0 && row < height - 1 && col > 0 && col < width - 1) {
        float mean = 0.25f * (__half2float(tile[r - 1][c]) + __half2float(tile[r + 1][c])
                              + __half2float(tile[r][c - 1]) + __half2float(tile[r][c + 1]));
        own += omega * (mean - own);
    }
    next[size_t(row) * width + col] = own;
}
