// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What stencil3d must compute, in float64: one thread a point.
//
// warploom: let BLOCKS = ceil_div(depth * height * width, 256)
// warploom: launch stencil3d_reference<<<BLOCKS, 256>>>(grid, next, depth, height, width, w0, w1, w2, w3)

extern "C" __global__ void stencil3d_reference(const float* grid, double* next, long long depth, long long height,
                                               long long width, float w0, float w1, float w2, float w3)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= depth * height * width)
        return;
    long long x = i % width;
    long long y = i / width % height;
    long long z = i / width / height;
    if (x == 0 || x == width - 1 || y == 0 || y == height - 1 || z == 0 || z == depth - 1) {
        next[i] = grid[i];
        return;
    }

    double sums[4] = {0, 0, 0, 0};  // by how many of dz, dy and dx are not 0
    for (long long dz = -1; dz <= 1; ++dz) {
        for (long long dy = -1; dy <= 1; ++dy) {
            for (long long dx = -1; dx <= 1; ++dx)
                sums[dz * dz + dy * dy + dx * dx] += grid[i + (dz * height + dy) * width + dx];
        }
    }
    next[i] = double(w0) * sums[0] + double(w1) * sums[1] + double(w2) * sums[2] + double(w3) * sums[3];
}
