// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Depthwise 3 × 3 convolution: one thread computes one pixel of one channel.
//
// Each pixel is loaded 9 times, as are the 9 weights of its channel for every pixel; and every thread divides three
// times to find out where it stands.
//
// warploom: tune ROWS = 7 4 2 8 1
// warploom: tune COLUMNS = 2 4 1
// warploom: let PIXELS = images * channels * height * width
// warploom: launch depthwise<<<ceil_div((channels * images) * ceil_div(height, ROWS) * ceil_div(width, COLUMNS), 256), 256>>>(x, filters, y, PIXELS, channels, height, width)

// A patch of ROWS x COLUMNS elements of depthwise: what they read of their neighbourhood is loaded once, into registers.
// WHOLE: all of it exists, with vectors for rows.
template <bool WHOLE>
static __device__ __forceinline__ void depthwise_patch(const float* x, const float* filters, float* y, long long pixels, int channels, int height, int width, int first_patch_x, int first_patch_y, long long patch_plane, bool is_aligned)
{
    float filters_table[9];
    #pragma unroll
    for (int across = 0; across < 9; ++across)
        filters_table[across] = filters[9 * ((patch_plane) % (channels)) + across];
    struct alignas(sizeof(float) * COLUMNS) x_run { float at[COLUMNS]; };
    float x_window[ROWS + 2][COLUMNS + 2];
    #pragma unroll
    for (int down = 0; down < ROWS + 2; ++down) {
        const bool exists = (down >= 1 || first_patch_y + down >= 1) && ((WHOLE && down < ROWS + 1) || first_patch_y + down - 1 < height);
        const float* x_row = x + ((long long)(patch_plane) * height + first_patch_y + down - 1) * width + first_patch_x;
        if (WHOLE || is_aligned) {
            const x_run run = exists ? *reinterpret_cast<const x_run*>(x_row) : x_run();
            #pragma unroll
            for (int across = 0; across < COLUMNS; ++across) {
                x_window[down][across + 1] = run.at[across];
            }
        }
        #pragma unroll
        for (int across = 0; across < COLUMNS + 2; ++across) {
            if (!(WHOLE || is_aligned) || across < 1 || across >= COLUMNS + 1)
                x_window[down][across] = exists && ((across >= 1 || first_patch_x + across >= 1) && ((WHOLE && across < COLUMNS + 1) || first_patch_x + across - 1 < width)) ? x_row[across - 1] : float();
        }
    }
    float y_patch[ROWS][COLUMNS];
    #pragma unroll
    for (int down = 0; down < ROWS; ++down) {
        #pragma unroll
        for (int across = 0; across < COLUMNS; ++across) {
            const int patch_y = first_patch_y + down;
            const int patch_x = first_patch_x + across;
            if (!WHOLE && (patch_y >= height || patch_x >= width))
                continue;
            const long long i = (patch_plane * height + patch_y) * width + patch_x;
            int col = patch_x;
            int row = patch_y;
            int channel = (long long)(patch_plane) % channels;

            float sum = 0;
            #pragma unroll
            for (int p = -1; p <= 1; ++p) {
                #pragma unroll
                for (int q = -1; q <= 1; ++q) {
                    if ((down + p >= 0 || row + p >= 0) && ((WHOLE && down + p < ROWS) || row + p < height) && (across + q >= 0 || col + q >= 0) && ((WHOLE && across + q < COLUMNS) || col + q < width))
                        sum += filters_table[3 * p + q + 4] * x_window[down + p + 1][across + q + 1];
                }
            }
            y_patch[down][across] = sum;
        }
    }
    struct alignas(sizeof(float) * COLUMNS) y_run { float at[COLUMNS]; };
    #pragma unroll
    for (int down = 0; down < ROWS; ++down) {
        if (WHOLE || (first_patch_y + down < height)) {
            float* y_row = y + ((long long)(patch_plane) * height + first_patch_y + down) * width + first_patch_x;
            if (WHOLE || is_aligned) {
                y_run run;
                #pragma unroll
                for (int across = 0; across < COLUMNS; ++across) {
                    run.at[across] = y_patch[down][across];
                }
                *reinterpret_cast<y_run*>(y_row) = run;
            } else {
                #pragma unroll
                for (int across = 0; across < COLUMNS; ++across) {
                    if (WHOLE || (first_patch_x + across < width))
                        y_row[across] = y_patch[down][across];
                }
            }
        }
    }
}

extern "C" __global__ void depthwise(const float* x, const float* filters, float* y, long long pixels, int channels,
                                     int height, int width)
{
    const long long patch = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    const long long patches_across = (width + COLUMNS - 1) / COLUMNS;
    const long long patches_down = (height + ROWS - 1) / ROWS;
    const int first_patch_x = patch % patches_across * COLUMNS;
    const int first_patch_y = patch / patches_across % patches_down * ROWS;
    const long long patch_plane = patch / patches_across / patches_down;
    if ((long long)(patch_plane) * height * width >= pixels)
        return;
    const bool is_aligned = width % COLUMNS == 0;
    if (is_aligned && height % ROWS == 0)
        depthwise_patch<true>(x, filters, y, pixels, channels, height, width, first_patch_x, first_patch_y, patch_plane, true);
    else
        depthwise_patch<false>(x, filters, y, pixels, channels, height, width, first_patch_x, first_patch_y, patch_plane, is_aligned);
}
