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

// One element of depthwise.
static __device__ __forceinline__ void depthwise_element(const float* x, const float* filters, float* y,
    long long pixels, int channels, int height, int width, long long i)
{
    if (i >= pixels)
        return;
    int col = i % width;
    int row = i / width % height;
    int channel = i / width / height % channels;

    float sum = 0;
    for (int p = -1; p <= 1; ++p) {
        for (int q = -1; q <= 1; ++q) {
            if (row + p >= 0 && row + p < height && col + q >= 0 && col + q < width)
                sum += filters[channel * 9 + (p + 1) * 3 + (q + 1)] * x[i + p * width + q];
        }
    }
    y[i] = sum;
}

// A patch of ROWS x COLUMNS elements of depthwise: what they read of their neighbourhood is loaded once, into
// registers.
static __device__ __forceinline__ void depthwise_patch(const float* x, const float* filters, float* y, long long pixels,
    int channels, int height, int width, int first_patch_x, int first_patch_y, long long patch_plane)
{
    float filters_table[9];
    #pragma unroll
    for (int across = 0; across < 9; ++across)
        filters_table[across] = filters[9 * ((patch_plane) % (channels)) + across];
    struct alignas(sizeof(float) * COLUMNS) x_run { float at[COLUMNS]; };
    float x_window[ROWS + 2][COLUMNS + 2];
    #pragma unroll
    for (int down = 0; down < ROWS + 2; ++down) {
        const bool exists = (down >= 1 || first_patch_y + down >= 1) && (down < ROWS + 1
            || first_patch_y + down - 1 < height);
        const float* x_row = x + ((long long)(patch_plane) * height + first_patch_y + down - 1) * width + first_patch_x;
        const x_run run = exists ? *reinterpret_cast<const x_run*>(x_row) : x_run();
        #pragma unroll
        for (int across = 0; across < COLUMNS; ++across) {
            x_window[down][across + 1] = run.at[across];
        }
        #pragma unroll
        for (int across = 0; across < COLUMNS + 2; ++across) {
            if (across < 1 || across >= COLUMNS + 1)
                x_window[down][across] = exists && (across >= 1 || first_patch_x + across >= 1)
                    && (across < COLUMNS + 1 || first_patch_x + across - 1 < width) ? x_row[across - 1] : float();
        }
    }
    float y_patch[ROWS][COLUMNS];
    #pragma unroll
    for (int down = 0; down < ROWS; ++down) {
        #pragma unroll
        for (int across = 0; across < COLUMNS; ++across) {
            const int patch_y = first_patch_y + down;
            const int patch_x = first_patch_x + across;
            const long long i = (patch_plane * height + patch_y) * width + patch_x;
            int col = patch_x;
            int row = patch_y;
            int channel = (long long)(patch_plane) % channels;

            float sum = 0;
            #pragma unroll
            for (int p = -1; p <= 1; ++p) {
                #pragma unroll
                for (int q = -1; q <= 1; ++q) {
                    if ((down + p >= 0 || row + p >= 0) && (down + p < ROWS || row + p < height) && (across + q >= 0 || col + q >= 0) && (across + q < COLUMNS || col + q < width))
                        sum += filters_table[3 * p + q + 4] * x_window[down + p + 1][across + q + 1];
                }
            }
            y_patch[down][across] = sum;
        }
    }
    struct alignas(sizeof(float) * COLUMNS) y_run { float at[COLUMNS]; };
    #pragma unroll
    for (int down = 0; down < ROWS; ++down) {
        float* y_row = y + ((long long)(patch_plane) * height + first_patch_y + down) * width + first_patch_x;
        y_run run;
        #pragma unroll
        for (int across = 0; across < COLUMNS; ++across) {
            run.at[across] = y_patch[down][across];
        }
        *reinterpret_cast<y_run*>(y_row) = run;
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
    if (first_patch_y + ROWS > height || width % COLUMNS != 0) {
        #pragma unroll 1
        for (int down = 0; down < ROWS; ++down) {
            #pragma unroll 1
            for (int across = 0; across < COLUMNS; ++across) {
                if (first_patch_y + down < height && first_patch_x + across < width)
                    depthwise_element(x, filters, y, pixels, channels, height, width,
                        (patch_plane * height + first_patch_y + down) * width + first_patch_x + across);
            }
        }
        return;
    }
    depthwise_patch(x, filters, y, pixels, channels, height, width, first_patch_x, first_patch_y, patch_plane);
}
