// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Damped Jacobi step, five points: one thread computes one point, in blocks of 16 × 16.
//
// Each point is loaded by itself and by its four neighbours; the caches keep the worst away.
//
// warploom: tune ROWS = 4 2 8 1
// warploom: tune COLUMNS = 4 2 1
// warploom: tune BLOCK_X = 32 64 128
// warploom: tune BLOCK_Y = 4 8 2 1
// warploom: launch jacobi<<<dim3(ceil_div(width, BLOCK_X * COLUMNS), ceil_div(height, BLOCK_Y * ROWS)), dim3(BLOCK_X, BLOCK_Y)>>>(x, next, height, width, omega)

// One element of jacobi.
static __device__ __forceinline__ void jacobi_element(const float* x, float* next, int height, int width, float omega,
    int col, int row)
{
    if (row >= height || col >= width)
        return;
    size_t at = size_t(row) * width + col;

    if (row == 0 || row == height - 1 || col == 0 || col == width - 1) {
        next[at] = x[at];
        return;
    }
    float mean = 0.25f * (x[at - width] + x[at + width] + x[at - 1] + x[at + 1]);
    next[at] = x[at] + omega * (mean - x[at]);
}

// A patch of ROWS x COLUMNS elements of jacobi: what they read of their neighbourhood is loaded once, into registers.
// INSIDE: all that is read exists.
template <bool INSIDE>
static __device__ __forceinline__ void jacobi_patch(const float* x, float* next, int height, int width, float omega,
    int first_col, int first_row)
{
    struct alignas(sizeof(float) * COLUMNS) x_run { float at[COLUMNS]; };
    float x_window[ROWS + 2][COLUMNS + 2];
    #pragma unroll
    for (int down = 0; down < ROWS + 2; ++down) {
        const bool exists = (INSIDE || ((down >= 1 || first_row + down >= 1) && (down < ROWS + 1
            || first_row + down - 1 < height)));
        const float* x_row = x + (long long)(first_row + down - 1) * width + first_col;
        const x_run run = exists ? *reinterpret_cast<const x_run*>(x_row) : x_run();
        #pragma unroll
        for (int across = 0; across < COLUMNS; ++across) {
            x_window[down][across + 1] = run.at[across];
        }
        #pragma unroll
        for (int across = 0; across < COLUMNS + 2; ++across) {
            if (across < 1 || across >= COLUMNS + 1)
                x_window[down][across] = exists && (INSIDE || ((across >= 1 || first_col + across >= 1)
                    && (across < COLUMNS + 1 || first_col + across - 1 < width))) ? x_row[across - 1] : float();
        }
    }
    float next_patch[ROWS][COLUMNS];
    #pragma unroll
    for (int down = 0; down < ROWS; ++down) {
        #pragma unroll
        for (int across = 0; across < COLUMNS; ++across) {
            const int row = first_row + down;
            const int col = first_col + across;
            size_t at = size_t(row) * width + col;

            if (!INSIDE && (row == 0 || row == height - 1 || col == 0 || col == width - 1)) {
                next_patch[down][across] = x_window[down + 1][across + 1];
                continue;
            }
            float mean = 0.25f * (x_window[down][across + 1] + x_window[down + 2][across + 1] + x_window[down + 1][across] + x_window[down + 1][across + 2]);
            next_patch[down][across] = x_window[down + 1][across + 1] + omega * (mean - x_window[down + 1][across + 1]);
        }
    }
    struct alignas(sizeof(float) * COLUMNS) next_run { float at[COLUMNS]; };
    #pragma unroll
    for (int down = 0; down < ROWS; ++down) {
        float* next_row = next + (long long)(first_row + down) * width + first_col;
        next_run run;
        #pragma unroll
        for (int across = 0; across < COLUMNS; ++across) {
            run.at[across] = next_patch[down][across];
        }
        *reinterpret_cast<next_run*>(next_row) = run;
    }
}

extern "C" __global__ void jacobi(const float* x, float* next, int height, int width, float omega)
{
    const int first_col = (blockIdx.x * blockDim.x + threadIdx.x) * COLUMNS;
    const int first_row = (blockIdx.y * blockDim.y + threadIdx.y) * ROWS;
    if (first_col >= width || first_row >= height)
        return;
    if (first_row + ROWS > height || width % COLUMNS != 0) {
        #pragma unroll 1
        for (int down = 0; down < ROWS; ++down) {
            #pragma unroll 1
            for (int across = 0; across < COLUMNS; ++across) {
                jacobi_element(x, next, height, width, omega, first_col + across, first_row + down);
            }
        }
        return;
    }
    if (first_row >= 1 && first_row + ROWS + 1 <= height && first_col >= 1 && first_col + COLUMNS + 1 <= width)
        jacobi_patch<true>(x, next, height, width, omega, first_col, first_row);
    else
        jacobi_patch<false>(x, next, height, width, omega, first_col, first_row);
}
