// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Damped Jacobi step, five points: one thread computes one point, in blocks of 16 × 16.
//
// Each point is loaded by itself and by its four neighbours; the caches keep the worst away.
//
// warploom: tune ITEMS = 4 1 2 8
// warploom: let ACROSS = ceil_div(width, 16)
// warploom: let DOWN = ceil_div(height, 16)
// warploom: launch jacobi<<<dim3(ACROSS, ceil_div(DOWN, ITEMS)), dim3(16, 16)>>>(x, next, height, width, omega)

extern "C" __global__ void jacobi(const float* x, float* next, int height, int width, float omega)
{
    #pragma unroll
    for (int item = 0; item < ITEMS; ++item) {
        int col = blockIdx.x * blockDim.x + threadIdx.x;
        int row = (blockIdx.y * blockDim.y + threadIdx.y) * ITEMS + item;
        if (row >= height || col >= width)
            continue;
        size_t at = size_t(row) * width + col;

        if (row == 0 || row == height - 1 || col == 0 || col == width - 1) {
            next[at] = x[at];
            continue;
        }
        float mean = 0.25f * (x[at - width] + x[at + width] + x[at - 1] + x[at + 1]);
        next[at] = x[at] + omega * (mean - x[at]);
    }
}
