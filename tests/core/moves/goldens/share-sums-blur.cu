// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Binomial blur of interleaved images: one thread computes one channel of one pixel, in blocks of 32 × 8, a layer of
// the grid a frame.
//
// Each value is loaded 25 times, a byte at a time, and the sums along a row are added up anew for five rows.
//
// warploom: tune ROWS = 8 4 16 2
// warploom: tune COLUMNS = 16 8
// warploom: tune BLOCK_X = 32 64 128
// warploom: tune BLOCK_Y = 4 2 8 1
// warploom: require ROWS * COLUMNS <= 128
// warploom: launch blur<<<dim3(ceil_div(channels * width, BLOCK_X * COLUMNS), ceil_div(height, BLOCK_Y * ROWS), frames), dim3(BLOCK_X, BLOCK_Y)>>>(x, y, height, width, channels)

// One element of blur.
static __device__ __forceinline__ void blur_element(const unsigned char* x, unsigned char* y, int height, int width,
    int channels, int i, int row)
{
    if (row >= height || i >= width * channels)
        return;
    int col = i / channels;
    int channel = i % channels;
    size_t first = size_t(blockIdx.z) * height * width * channels;  // of this frame

    const int weights[5] = {1, 4, 6, 4, 1};
    int sum = 0;
    for (int p = 0; p < 5; ++p) {
        for (int q = 0; q < 5; ++q) {
            int r = min(max(row + p - 2, 0), height - 1);
            int c = min(max(col + q - 2, 0), width - 1);
            sum += weights[p] * weights[q] * x[first + (size_t(r) * width + c) * channels + channel];
        }
    }
    y[first + size_t(row) * width * channels + i] = (sum + 128) / 256;
}

// A patch of ROWS x COLUMNS elements of blur. Sums along a row are worked out once for all rows that they
// are part of, two in a word: of elements n and n + 2, each in 16 bits.
// INSIDE: there are neighbours on both sides.
template <int STEP, int SIDE, bool INSIDE>
static __device__ __forceinline__ void blur_patch(const unsigned char* x, unsigned char* y, int height, int width,
    int channels, int first_i, int first_row)
{
    struct alignas(sizeof(unsigned char) * COLUMNS) x_run { unsigned at[COLUMNS / 4]; };
    struct alignas(sizeof(unsigned char) * SIDE) x_side { unsigned at[SIDE / 4]; };
    constexpr int blur_across[] = {1, 4, 6, 4, 1};
    constexpr int blur_down[] = {1, 4, 6, 4, 1};
    const unsigned char* x_plane = x + (long long)blockIdx.z * height * (width * channels);
    unsigned blur_sums[ROWS][COLUMNS / 2];
    #pragma unroll
    for (int down = 0; down < ROWS; ++down) {
        #pragma unroll
        for (int k = 0; k < COLUMNS / 2; ++k)
            blur_sums[down][k] = 0;
    }
    #pragma unroll
    for (int down = 0; down < ROWS + 4; ++down) {
        const unsigned char* x_row =
            x_plane + (long long)min(max(first_row + down - 2, 0), height - 1) * (width * channels);
        const x_run own = *reinterpret_cast<const x_run*>(x_row + first_i);
        x_side before = *reinterpret_cast<const x_side*>(
            x_row + (INSIDE || first_i != 0 ? first_i - SIDE : 0));
        x_side after = *reinterpret_cast<const x_side*>(
            x_row + (INSIDE || first_i + COLUMNS != (width * channels) ? first_i + COLUMNS : first_i));
        if (!INSIDE) {
            #pragma unroll
            for (int k = 0; k < SIDE / 4; ++k) {
                // The first and the last column again.
                unsigned first_again = 0;
                unsigned last_again = 0;
                #pragma unroll
                for (int n = 0; n < 4; ++n) {
                    const int from = (4 * k + n + SIDE * (STEP - 1)) % STEP;
                    const int last = COLUMNS - STEP + (4 * k + n) % STEP;
                    first_again |= (own.at[from / 4] >> from % 4 * 8 & 0xff) << n * 8;
                    last_again |= (own.at[last / 4] >> last % 4 * 8 & 0xff) << n * 8;
                }
                before.at[k] = first_i == 0 ? first_again : before.at[k];
                after.at[k] = first_i + COLUMNS == (width * channels) ? last_again : after.at[k];
            }
        }
        unsigned x_words[(COLUMNS + 2 * SIDE) / 4];
        #pragma unroll
        for (int k = 0; k < COLUMNS / 4; ++k)
            x_words[SIDE / 4 + k] = own.at[k];
        #pragma unroll
        for (int k = 0; k < SIDE / 4; ++k)
            x_words[k] = before.at[k];
        #pragma unroll
        for (int k = 0; k < SIDE / 4; ++k)
            x_words[(SIDE + COLUMNS) / 4 + k] = after.at[k];
        unsigned x_pairs[(COLUMNS + 2 * SIDE) / 4 * 4];
        #pragma unroll
        for (int k = 0; k < (COLUMNS + 2 * SIDE) / 4; ++k) {
            x_pairs[4 * k] = x_words[k] & 0xff00ffu;
            x_pairs[4 * k + 1] = __byte_perm(x_words[k], 0, 0x4341);
        }
        #pragma unroll
        for (int k = 1; k < (COLUMNS + 2 * SIDE) / 4; ++k) {
            x_pairs[4 * k - 2] = __funnelshift_r(x_pairs[4 * k - 4], x_pairs[4 * k], 16);
            x_pairs[4 * k - 1] = __funnelshift_r(x_pairs[4 * k - 3], x_pairs[4 * k + 1], 16);
        }
        #pragma unroll
        for (int k = 0; k < COLUMNS / 2; ++k) {
            unsigned line_sum = 0;
            #pragma unroll
            for (int n = 0; n < 5; ++n)
                line_sum += blur_across[n] * x_pairs[k / 2 * 4 + k % 2 + SIDE + (n - 2) * STEP];
            #pragma unroll
            for (int n = 0; n < 5; ++n)
                if (down >= n && down - n < ROWS)
                    blur_sums[down - n][k] += blur_down[n] * line_sum;
        }
    }
    struct alignas(sizeof(unsigned char) * COLUMNS < 16 ? sizeof(unsigned char) * COLUMNS : 16) y_run_t {
        unsigned char at[COLUMNS];
    };
    #pragma unroll
    for (int down = 0; down < ROWS; ++down) {
        const int row = first_row + down;
        if (row >= height)
            break;
        y_run_t y_run;
        #pragma unroll
        for (int across = 0; across < COLUMNS; ++across) {
            const int i = first_i + across;
            const int blur_sum = int(blur_sums[down][across / 4 * 2 + across % 2] >> across % 4 / 2 * 16 & 0xffff);
            int col = i / channels;
            int channel = i % channels;
            size_t first = size_t(blockIdx.z) * height * width * channels;  // of this frame

            const int weights[5] = {1, 4, 6, 4, 1};
            int sum = 0;
            sum += blur_sum;
            y_run.at[across] = (sum + 128) / 256;
        }
        unsigned char* y_row =
            y + (long long)blockIdx.z * height * (width * channels) + (long long)row * (width * channels);
        *reinterpret_cast<y_run_t*>(y_row + first_i) = y_run;
    }
}

extern "C" __global__ void blur(const unsigned char* x, unsigned char* y, int height, int width, int channels)
{
    const int first_i = (blockIdx.x * blockDim.x + threadIdx.x) * COLUMNS;
    const int first_row = (blockIdx.y * blockDim.y + threadIdx.y) * ROWS;
    if (first_row >= height || first_i >= (width * channels))
        return;
    const int warp_i = (blockIdx.x * blockDim.x + threadIdx.x / 32 * 32) * COLUMNS;
    if (channels == 3 && (width * channels) % COLUMNS == 0) {
        if (warp_i >= 8 && warp_i <= (width * channels) - 32 * COLUMNS - 8)
            blur_patch<3, 8, true>(x, y, height, width, channels, first_i, first_row);
        else
            blur_patch<3, 8, false>(x, y, height, width, channels, first_i, first_row);
        return;
    }
    // Rows of other lengths, columns of other sizes: one element after the other.
    #pragma unroll 1
    for (int down = 0; down < ROWS; ++down) {
        #pragma unroll 1
        for (int across = 0; across < COLUMNS; ++across)
            if (first_row + down < height && first_i + across < (width * channels))
                blur_element(x, y, height, width, channels, first_i + across, first_row + down);
    }
}
