// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// 2-D convolution: one thread computes one pixel of the result, in blocks of 16 × 16.
//
// Each pixel is loaded k * k times, as is the whole filter for every pixel; the caches keep the worst away.
//
// warploom: tune ROWS = 4 2 8 1
// warploom: tune COLUMNS = 4 2 1
// warploom: tune BLOCK_X = 32 64 128
// warploom: tune BLOCK_Y = 4 8 2 1
// warploom: launch conv2d<<<dim3(ceil_div(width, BLOCK_X * COLUMNS), ceil_div(height, BLOCK_Y * ROWS), images), dim3(BLOCK_X, BLOCK_Y)>>>(image, filter, result, height, width, k)

// One element of conv2d.
static __device__ __forceinline__ void conv2d_element(const float* image, const float* filter, float* result,
    int height, int width, int k, int col, int row)
{
    if (row >= height || col >= width)
        return;
    size_t first = size_t(blockIdx.z) * height * width;  // of this image

    float sum = 0;
    for (int p = 0; p < k; ++p) {
        for (int q = 0; q < k; ++q) {
            int r = row + p - k / 2;
            int c = col + q - k / 2;
            if (r >= 0 && r < height && c >= 0 && c < width)
                sum += filter[p * k + q] * image[first + size_t(r) * width + c];
        }
    }
    result[first + size_t(row) * width + col] = sum;
}

// A patch of ROWS x COLUMNS elements of conv2d: what they read of their neighbourhood is loaded once, into registers.
// INSIDE: all that is read exists.
template <bool INSIDE>
static __device__ __forceinline__ void conv2d_patch(const float* image, const float* filter, float* result, int height,
    int width, int first_col, int first_row)
{
    constexpr int k = 5;
    float filter_table[25];
    #pragma unroll
    for (int across = 0; across < 25; ++across)
        filter_table[across] = filter[across];
    struct alignas(sizeof(float) * COLUMNS) image_run { float at[COLUMNS]; };
    float image_window[ROWS + 4][COLUMNS + 4];
    #pragma unroll
    for (int down = 0; down < ROWS + 4; ++down) {
        const bool exists = (INSIDE || ((down >= 2 || first_row + down >= 2) && (down < ROWS + 2
            || first_row + down - 2 < height)));
        const float* image_row = image + ((long long)(blockIdx.z) * height + first_row + down - 2) * width + first_col;
        const image_run run = exists ? *reinterpret_cast<const image_run*>(image_row) : image_run();
        #pragma unroll
        for (int across = 0; across < COLUMNS; ++across) {
            image_window[down][across + 2] = run.at[across];
        }
        #pragma unroll
        for (int across = 0; across < COLUMNS + 4; ++across) {
            if (across < 2 || across >= COLUMNS + 2)
                image_window[down][across] = exists && (INSIDE || ((across >= 2 || first_col + across >= 2)
                    && (across < COLUMNS + 2 || first_col + across - 2 < width))) ? image_row[across - 2] : float();
        }
    }
    float result_patch[ROWS][COLUMNS];
    #pragma unroll
    for (int down = 0; down < ROWS; ++down) {
        #pragma unroll
        for (int across = 0; across < COLUMNS; ++across) {
            const int row = first_row + down;
            const int col = first_col + across;
            size_t first = size_t(blockIdx.z) * height * width;  // of this image

            float sum = 0;
            #pragma unroll
            for (int p = 0; p < k; ++p) {
                #pragma unroll
                for (int q = 0; q < k; ++q) {
                    int r = row + p - k / 2;
                    int c = col + q - k / 2;
                    if (INSIDE || ((down + p - 2 >= 0 || r >= 0) && (down + p - 2 < ROWS || r < height) && (across + q - 2 >= 0 || c >= 0) && (across + q - 2 < COLUMNS || c < width)))
                        sum += filter_table[5 * p + q] * image_window[down + p][across + q];
                }
            }
            result_patch[down][across] = sum;
        }
    }
    struct alignas(sizeof(float) * COLUMNS) result_run { float at[COLUMNS]; };
    #pragma unroll
    for (int down = 0; down < ROWS; ++down) {
        float* result_row = result + ((long long)(blockIdx.z) * height + first_row + down) * width + first_col;
        result_run run;
        #pragma unroll
        for (int across = 0; across < COLUMNS; ++across) {
            run.at[across] = result_patch[down][across];
        }
        *reinterpret_cast<result_run*>(result_row) = run;
    }
}

extern "C" __global__ void conv2d(const float* image, const float* filter, float* result, int height, int width, int k)
{
    const int first_col = (blockIdx.x * blockDim.x + threadIdx.x) * COLUMNS;
    const int first_row = (blockIdx.y * blockDim.y + threadIdx.y) * ROWS;
    if (first_col >= width || first_row >= height)
        return;
    if (k != 5 || first_row + ROWS > height || width % COLUMNS != 0) {
        #pragma unroll 1
        for (int down = 0; down < ROWS; ++down) {
            #pragma unroll 1
            for (int across = 0; across < COLUMNS; ++across) {
                conv2d_element(image, filter, result, height, width, k, first_col + across, first_row + down);
            }
        }
        return;
    }
    if (first_row >= 2 && first_row + ROWS + 2 <= height && first_col >= 2 && first_col + COLUMNS + 2 <= width)
        conv2d_patch<true>(image, filter, result, height, width, first_col, first_row);
    else
        conv2d_patch<false>(image, filter, result, height, width, first_col, first_row);
}
