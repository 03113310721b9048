// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// 27-point stencil: one thread computes one point, in blocks of 32 × 8 points of one layer.
//
// Each point is loaded 27 times, 18 of them for points of other layers, which other blocks compute; the caches keep the
// worst away.
//
// warploom: let ACROSS = ceil_div(width, 32)
// warploom: let DOWN = ceil_div(height, 8)
// warploom: launch smooth<<<dim3(ACROSS, DOWN, depth), dim3(32, 8)>>>(grid, next, depth, height, width, w0, w1, w2, w3)

extern "C" __global__ void smooth(const float* grid, float* next, int depth, int height, int width, float w0, float w1,
                                  float w2, float w3)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x;
    int y = blockIdx.y * blockDim.y + threadIdx.y;
    int z = blockIdx.z;
    if (x >= width || y >= height)
        return;
    size_t at = (size_t(z) * height + y) * width + x;

    if (x == 0 || x == width - 1 || y == 0 || y == height - 1 || z == 0 || z == depth - 1) {
        next[at] = grid[at];
        return;
    }
    float sum = 0;
    for (int dz = -1; dz <= 1; ++dz) {
        for (int dy = -1; dy <= 1; ++dy) {
            for (int dx = -1; dx <= 1; ++dx) {
                int off = (dz != 0) + (dy != 0) + (dx != 0);
                float weight = off == 0 ? w0 : off == 1 ? w1 : off == 2 ? w2 : w3;
                sum += weight * grid[(size_t(z + dz) * height + (y + dy)) * width + (x + dx)];
            }
        }
    }
    next[at] = sum;
}
