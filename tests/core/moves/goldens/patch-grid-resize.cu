// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Bilinear resizing: one thread computes one pixel of the result, in blocks of 16 × 16.
//
// Each thread works out its position, its four places and its weights anew, though all pixels of a row and of a column
// share them.
//
// warploom: tune ROWS = 4 2 8 1
// warploom: tune COLUMNS = 4 2 1
// warploom: tune BLOCK_X = 32 64 128
// warploom: tune BLOCK_Y = 4 8 2 1
// warploom: launch resize<<<dim3(ceil_div(ow, BLOCK_X * COLUMNS), ceil_div(oh, BLOCK_Y * ROWS), planes), dim3(BLOCK_X, BLOCK_Y)>>>(x, y, h, w, oh, ow)

// One element of resize.
static __device__ __forceinline__ void resize_element(const float* x, float* y, int h, int w, int oh, int ow, int col,
    int row)
{
    if (row >= oh || col >= ow)
        return;
    const float* in = x + size_t(blockIdx.z) * h * w;
    float* out = y + size_t(blockIdx.z) * oh * ow;

    float v = fmaxf((row + 0.5f) * h / oh - 0.5f, 0.0f);
    float u = fmaxf((col + 0.5f) * w / ow - 0.5f, 0.0f);
    int top = min(int(v), h - 1);
    int left = min(int(u), w - 1);
    int bottom = min(top + 1, h - 1);
    int right = min(left + 1, w - 1);
    float down = v - top;
    float across = u - left;

    float above = (1 - across) * in[size_t(top) * w + left] + across * in[size_t(top) * w + right];
    float below = (1 - across) * in[size_t(bottom) * w + left] + across * in[size_t(bottom) * w + right];
    out[size_t(row) * ow + col] = (1 - down) * above + down * below;
}

// A patch of ROWS x COLUMNS elements of resize: what elements of a row or a column share is worked out once.
static __device__ __forceinline__ void resize_patch(const float* x, float* y, int h, int w, int oh, int ow,
    int first_col, int first_row)
{
    float y_patch[ROWS][COLUMNS];
    #pragma unroll
    for (int down_2 = 0; down_2 < ROWS; ++down_2) {
        #pragma unroll
        for (int across_2 = 0; across_2 < COLUMNS; ++across_2) {
            const int row = first_row + down_2;
            const int col = first_col + across_2 * blockDim.x;
            const float* in = x + size_t(blockIdx.z) * h * w;
            float* out = y + size_t(blockIdx.z) * oh * ow;

            float v = fmaxf((row + 0.5f) * h / oh - 0.5f, 0.0f);
            float u = fmaxf((col + 0.5f) * w / ow - 0.5f, 0.0f);
            int top = min(int(v), h - 1);
            int left = min(int(u), w - 1);
            int bottom = min(top + 1, h - 1);
            int right = min(left + 1, w - 1);
            float down = v - top;
            float across = u - left;

            float above = (1 - across) * in[size_t(top) * w + left] + across * in[size_t(top) * w + right];
            float below = (1 - across) * in[size_t(bottom) * w + left] + across * in[size_t(bottom) * w + right];
            y_patch[down_2][across_2] = (1 - down) * above + down * below;
        }
    }
    #pragma unroll
    for (int down_2 = 0; down_2 < ROWS; ++down_2) {
        float* y_row = y + ((long long)(blockIdx.z) * oh + first_row + down_2) * ow + first_col;
        #pragma unroll
        for (int across_2 = 0; across_2 < COLUMNS; ++across_2) {
            y_row[across_2 * blockDim.x] = y_patch[down_2][across_2];
        }
    }
}

extern "C" __global__ void resize(const float* x, float* y, int h, int w, int oh, int ow)
{
    const int first_col = blockIdx.x * COLUMNS * blockDim.x + threadIdx.x;
    const int first_row = (blockIdx.y * blockDim.y + threadIdx.y) * ROWS;
    if (first_col >= ow || first_row >= oh)
        return;
    if (first_row + ROWS > oh || first_col + (COLUMNS - 1) * blockDim.x >= ow) {
        #pragma unroll 1
        for (int down_2 = 0; down_2 < ROWS; ++down_2) {
            #pragma unroll 1
            for (int across_2 = 0; across_2 < COLUMNS; ++across_2) {
                resize_element(x, y, h, w, oh, ow, first_col + across_2 * blockDim.x, first_row + down_2);
            }
        }
        return;
    }
    resize_patch(x, y, h, w, oh, ow, first_col, first_row);
}
