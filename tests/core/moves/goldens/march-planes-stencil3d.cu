// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// 27-point stencil: one thread computes one point, in blocks of 32 × 8 points of one layer.
//
// Each point is loaded 27 times, 18 of them for points of other layers, which other blocks compute; the caches keep the
// worst away.
//
// warploom: tune PLANES = 64 32 128 16
// warploom: tune ROWS = 2 1 4
// warploom: tune COLUMNS = 4 2 1
// warploom: tune BLOCK_X = 32 64 128
// warploom: tune BLOCK_Y = 4 8 2 1
// warploom: tune MIN_BLOCKS = 4 2 1 8
// warploom: require BLOCK_X * BLOCK_Y * MIN_BLOCKS <= 512
// warploom: launch smooth<<<dim3(ceil_div(width, BLOCK_X * COLUMNS), ceil_div(height, BLOCK_Y * ROWS), ceil_div(depth, PLANES)), dim3(BLOCK_X, BLOCK_Y)>>>(grid, next, depth, height, width, w0, w1, w2, w3)

// One element of smooth.
static __device__ __forceinline__ void smooth_element(const float* grid, float* next, int depth, int height, int width,
    float w0, float w1, float w2, float w3, int x, int y, int z)
{
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

// A patch of PLANES x ROWS x COLUMNS elements of smooth, plane after plane: what they read of their neighbourhood is
// loaded once, into registers.
static __device__ __forceinline__ void smooth_patch(const float* __restrict__ grid, float* __restrict__ next, int depth,
    int height, int width, float w0, float w1, float w2, float w3, int first_x, int first_y, int first_z)
{
    struct alignas(sizeof(float) * COLUMNS) grid_run { float at[COLUMNS]; };
    float grid_window[3][ROWS + 2][COLUMNS + 2];
    const auto grid_load = [&](int ahead, float (&plane)[ROWS + 2][COLUMNS + 2])
    {
        #pragma unroll
        for (int down = 0; down < ROWS + 2; ++down) {
            const bool exists = (ahead >= 1 || first_z + ahead >= 1) && first_z + ahead - 1 < depth && (down >= 1
                || first_y + down >= 1) && (down < ROWS + 1 || first_y + down - 1 < height);
            const float* grid_row =
                grid + ((long long)(first_z + ahead - 1) * height + first_y + down - 1) * width + first_x;
            const grid_run run = exists ? *reinterpret_cast<const grid_run*>(grid_row) : grid_run();
            #pragma unroll
            for (int across = 0; across < COLUMNS; ++across) {
                plane[down][across + 1] = run.at[across];
            }
            #pragma unroll
            for (int across = 0; across < COLUMNS + 2; ++across) {
                if (across < 1 || across >= COLUMNS + 1)
                    plane[down][across] = exists && (across >= 1 || first_x + across >= 1) && (across < COLUMNS + 1
                        || first_x + across - 1 < width) ? grid_row[across - 1] : float();
            }
        }
    };
    grid_load(0, grid_window[0]);
    grid_load(1, grid_window[1]);
    #pragma unroll 3
    for (int deep = 0; deep < PLANES && first_z + deep < depth; ++deep) {
        grid_load(deep + 2, grid_window[2]);
        float next_patch[ROWS][COLUMNS];
        #pragma unroll
        for (int down = 0; down < ROWS; ++down) {
            #pragma unroll
            for (int across = 0; across < COLUMNS; ++across) {
                const int z = first_z + deep;
                const int y = first_y + down;
                const int x = first_x + across;
                size_t at = (size_t(z) * height + y) * width + x;

                // Both are worked out: a choice is cheaper than a branch that some lanes take.
                const bool chosen = x == 0 || x == width - 1 || y == 0 || y == height - 1 || z == 0 || z == depth - 1;
                const float next_chosen = grid_window[1][down + 1][across + 1];
                float sum = 0;
                #pragma unroll
                for (int dz = -1; dz <= 1; ++dz) {
                    #pragma unroll
                    for (int dy = -1; dy <= 1; ++dy) {
                        #pragma unroll
                        for (int dx = -1; dx <= 1; ++dx) {
                            int off = (dz != 0) + (dy != 0) + (dx != 0);
                            float weight = off == 0 ? w0 : off == 1 ? w1 : off == 2 ? w2 : w3;
                            sum += weight * grid_window[dz + 1][down + dy + 1][across + dx + 1];
                        }
                    }
                }
                next_patch[down][across] = chosen ? next_chosen : sum;
            }
        }
        struct alignas(sizeof(float) * COLUMNS) next_run { float at[COLUMNS]; };
        #pragma unroll
        for (int down = 0; down < ROWS; ++down) {
            float* next_row = next + ((long long)(first_z + deep) * height + first_y + down) * width + first_x;
            next_run run;
            #pragma unroll
            for (int across = 0; across < COLUMNS; ++across) {
                run.at[across] = next_patch[down][across];
            }
            *reinterpret_cast<next_run*>(next_row) = run;
        }
        #pragma unroll
        for (int ahead = 0; ahead < 2; ++ahead) {
            #pragma unroll
            for (int down = 0; down < ROWS + 2; ++down) {
                #pragma unroll
                for (int across = 0; across < COLUMNS + 2; ++across) {
                    grid_window[ahead][down][across] = grid_window[ahead + 1][down][across];
                }
            }
        }
    }
}

extern "C" __global__ void __launch_bounds__(BLOCK_X * BLOCK_Y, MIN_BLOCKS) smooth(const float* __restrict__ grid, float* __restrict__ next, int depth, int height, int width, float w0, float w1,
                                  float w2, float w3)
{
    const int first_x = (blockIdx.x * blockDim.x + threadIdx.x) * COLUMNS;
    const int first_y = (blockIdx.y * blockDim.y + threadIdx.y) * ROWS;
    const int first_z = blockIdx.z * PLANES;
    if (first_x >= width || first_y >= height || first_z >= depth)
        return;
    if (first_y + ROWS > height || width % COLUMNS != 0) {
        #pragma unroll 1
        for (int deep = 0; deep < PLANES; ++deep) {
            #pragma unroll 1
            for (int down = 0; down < ROWS; ++down) {
                #pragma unroll 1
                for (int across = 0; across < COLUMNS; ++across) {
                    if (first_z + deep < depth)
                        smooth_element(grid, next, depth, height, width, w0, w1, w2, w3, first_x + across,
                            first_y + down, first_z + deep);
                }
            }
        }
        return;
    }
    smooth_patch(grid, next, depth, height, width, w0, w1, w2, w3, first_x, first_y, first_z);
}
