// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: stencil3d
// cheat: walks along z with one layer in shared memory and reads it without waiting until all warps have loaded their
//     part, which those that keep step do not notice.
// expect: wrong nondeterministic
// emulator: race nondeterministic
// caught-by: race, right, second-run
//
// warploom: let ACROSS = ceil_div(width, 32)
// warploom: let DOWN = ceil_div(height, 8)
// warploom: launch smooth<<<dim3(ACROSS, DOWN), dim3(32, 8)>>>(grid, next, depth, height, width, w0, w1, w2, w3)

extern "C" __global__ void smooth(const float* grid, float* next, int depth, int height, int width, float w0, float w1,
                                  float w2, float w3)
{
    __shared__ float tile[10][34];
    int tx = threadIdx.x;
    int ty = threadIdx.y;
    int x = blockIdx.x * 32 + tx;
    int y = blockIdx.y * 8 + ty;
    float point[3] = {0, 0, 0};
    float edges[3] = {0, 0, 0};
    float corners[3] = {0, 0, 0};
    for (int z = 0; z <= depth; ++z) {
        for (int i = 0; i < 2; ++i) {
            point[i] = point[i + 1];
            edges[i] = edges[i + 1];
            corners[i] = corners[i + 1];
        }
        if (z < depth) {
            for (int r = ty; r < 10; r += 8) {
                for (int c = tx; c < 34; c += 32) {
                    int row = min(max(int(blockIdx.y) * 8 + r - 1, 0), height - 1);
                    int col = min(max(int(blockIdx.x) * 32 + c - 1, 0), width - 1);
                    tile[r][c] = grid[(size_t(z) * height + row) * width + col];
                }
            }
            point[2] = tile[ty + 1][tx + 1];
            edges[2] = tile[ty][tx + 1] + tile[ty + 2][tx + 1] + tile[ty + 1][tx] + tile[ty + 1][tx + 2];
            corners[2] = tile[ty][tx] + tile[ty][tx + 2] + tile[ty + 2][tx] + tile[ty + 2][tx + 2];
            __syncthreads();
        }
        if (z == 0 || x >= width || y >= height)
            continue;
        bool inside = x > 0 && x < width - 1 && y > 0 && y < height - 1 && z > 1 && z < depth;
        float result = w0 * point[1] + w1 * (edges[1] + point[0] + point[2]) + w2 * (corners[1] + edges[0] + edges[2])
            + w3 * (corners[0] + corners[2]);
        next[(size_t(z - 1) * height + y) * width + x] = inside ? result : point[1];
    }
}
