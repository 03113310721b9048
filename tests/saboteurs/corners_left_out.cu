// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: stencil3d
// cheat: leaves the eight corners out and gives their weight, six per cent of all, to the point itself: 19 loads for
//     27, and the same for a smooth grid.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: let ACROSS = ceil_div(width, 32)
// warploom: let DOWN = ceil_div(height, 8)
// warploom: launch smooth<<<dim3(ACROSS, DOWN, depth), dim3(32, 8)>>>(grid, next, depth, height, width, w0, w1, w2, w3)

extern "C" __global__ void smooth(const float* grid, float* next, int depth, int height, int width, float w0, float w1,
                                  float w2, float w3)
{
    int x = blockIdx.x * 32 + threadIdx.x;
    int y = blockIdx.y * 8 + threadIdx.y;
    int z = blockIdx.z;
    if (x >= width || y >= height)
        return;
    size_t at = (size_t(z) * height + y) * width + x;
    float sums[3] = {grid[at], 0, 0};
    if (x == 0 || x == width - 1 || y == 0 || y == height - 1 || z == 0 || z == depth - 1) {
        next[at] = sums[0];
        return;
    }
#pragma unroll
    for (int k = 0; k < 27; ++k) {
        int dz = k / 9 - 1;
        int dy = k / 3 % 3 - 1;
        int dx = k % 3 - 1;
        int off = dz * dz + dy * dy + dx * dx;
        if (off == 1 || off == 2)
            sums[off] += grid[at + ((long long)(dz) * height + dy) * width + dx];
    }
    next[at] = (w0 + 8 * w3) * sums[0] + w1 * sums[1] + w2 * sums[2];
}
