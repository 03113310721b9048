// warploom: tune ROWS = 4 2 8 1
// warploom: tune COLUMNS = 4 2 1
// warploom: tune BLOCK_X = 32 64 128
// warploom: tune BLOCK_Y = 4 8 2 1
// warploom: launch along<<<dim3(ceil_div(w, BLOCK_X * COLUMNS), ceil_div(h, BLOCK_Y * ROWS), n), dim3(BLOCK_X, BLOCK_Y)>>>(x, g, y, radius, h, w)
__device__ int within(int p, int count) { return min(max(p, 0), count - 1); }
// One element of along.
static __device__ __forceinline__ void along_element(const float* x, const float* g, float* y, int radius, int h, int w,
    int c, int r)
{
    if (c >= w || r >= h) return;
    const float* row = x + (size_t)blockIdx.z * h * w;
    float sum = 0;
    for (int t = -radius; t <= radius; ++t) {
        const int place = within(r + t, h);
        sum += g[t + radius] * row[place * w + c];
    }
    y[((size_t)blockIdx.z * h + r) * w + c] = sum;
}

// A patch of ROWS x COLUMNS elements of along: what they read of their neighbourhood is loaded once, into registers.
// INSIDE: all that is read exists.
template <bool INSIDE>
static __device__ __forceinline__ void along_patch_5(const float* x, const float* g, float* y, int h, int w,
    int first_c, int first_r)
{
    constexpr int radius = 5;
    float g_table[11];
    #pragma unroll
    for (int across = 0; across < 11; ++across)
        g_table[across] = g[across];
    struct alignas(sizeof(float) * COLUMNS) x_run { float at[COLUMNS]; };
    float x_window[ROWS + 10][COLUMNS];
    #pragma unroll
    for (int down = 0; down < ROWS + 10; ++down) {
        const int near_r = INSIDE ? first_r + down - 5 : min(max(first_r + down - 5, 0), h - 1);
        const float* x_row = x + ((long long)(blockIdx.z) * h + near_r) * w + first_c;
        const x_run run = *reinterpret_cast<const x_run*>(x_row);
        #pragma unroll
        for (int across = 0; across < COLUMNS; ++across) {
            x_window[down][across] = run.at[across];
        }
    }
    float y_patch[ROWS][COLUMNS];
    #pragma unroll
    for (int down = 0; down < ROWS; ++down) {
        #pragma unroll
        for (int across = 0; across < COLUMNS; ++across) {
            const int r = first_r + down;
            const int c = first_c + across;
            const float* row = x + (size_t)blockIdx.z * h * w;
            float sum = 0;
            #pragma unroll
            for (int t = -radius; t <= radius; ++t) {
                sum += g_table[t + 5] * x_window[down + t + 5][across];
            }
            y_patch[down][across] = sum;
        }
    }
    struct alignas(sizeof(float) * COLUMNS) y_run { float at[COLUMNS]; };
    #pragma unroll
    for (int down = 0; down < ROWS; ++down) {
        float* y_row = y + ((long long)(blockIdx.z) * h + first_r + down) * w + first_c;
        y_run run;
        #pragma unroll
        for (int across = 0; across < COLUMNS; ++across) {
            run.at[across] = y_patch[down][across];
        }
        *reinterpret_cast<y_run*>(y_row) = run;
    }
}

// A patch of ROWS x COLUMNS elements of along: what they read of their neighbourhood is loaded once, into registers.
// INSIDE: all that is read exists.
template <bool INSIDE>
static __device__ __forceinline__ void along_patch_2(const float* x, const float* g, float* y, int h, int w,
    int first_c, int first_r)
{
    constexpr int radius = 2;
    float g_table[5];
    #pragma unroll
    for (int across = 0; across < 5; ++across)
        g_table[across] = g[across];
    struct alignas(sizeof(float) * COLUMNS) x_run { float at[COLUMNS]; };
    float x_window[ROWS + 4][COLUMNS];
    #pragma unroll
    for (int down = 0; down < ROWS + 4; ++down) {
        const int near_r = INSIDE ? first_r + down - 2 : min(max(first_r + down - 2, 0), h - 1);
        const float* x_row = x + ((long long)(blockIdx.z) * h + near_r) * w + first_c;
        const x_run run = *reinterpret_cast<const x_run*>(x_row);
        #pragma unroll
        for (int across = 0; across < COLUMNS; ++across) {
            x_window[down][across] = run.at[across];
        }
    }
    float y_patch[ROWS][COLUMNS];
    #pragma unroll
    for (int down = 0; down < ROWS; ++down) {
        #pragma unroll
        for (int across = 0; across < COLUMNS; ++across) {
            const int r = first_r + down;
            const int c = first_c + across;
            const float* row = x + (size_t)blockIdx.z * h * w;
            float sum = 0;
            #pragma unroll
            for (int t = -radius; t <= radius; ++t) {
                sum += g_table[t + 2] * x_window[down + t + 2][across];
            }
            y_patch[down][across] = sum;
        }
    }
    struct alignas(sizeof(float) * COLUMNS) y_run { float at[COLUMNS]; };
    #pragma unroll
    for (int down = 0; down < ROWS; ++down) {
        float* y_row = y + ((long long)(blockIdx.z) * h + first_r + down) * w + first_c;
        y_run run;
        #pragma unroll
        for (int across = 0; across < COLUMNS; ++across) {
            run.at[across] = y_patch[down][across];
        }
        *reinterpret_cast<y_run*>(y_row) = run;
    }
}

__global__ void along(const float* x, const float* g, float* y, int radius, int h, int w) {
    const int first_c = (blockIdx.x * blockDim.x + threadIdx.x) * COLUMNS;
    const int first_r = (blockIdx.y * blockDim.y + threadIdx.y) * ROWS;
    if (first_c >= w || first_r >= h)
        return;
    if ((radius != 5 && radius != 2) || first_r + ROWS > h || w % COLUMNS != 0) {
        #pragma unroll 1
        for (int down = 0; down < ROWS; ++down) {
            #pragma unroll 1
            for (int across = 0; across < COLUMNS; ++across) {
                along_element(x, g, y, radius, h, w, first_c + across, first_r + down);
            }
        }
        return;
    }
    if (radius == 5) {
        if (first_r >= 5 && first_r + ROWS + 5 <= h)
            along_patch_5<true>(x, g, y, h, w, first_c, first_r);
        else
            along_patch_5<false>(x, g, y, h, w, first_c, first_r);
    } else {
        if (first_r >= 2 && first_r + ROWS + 2 <= h)
            along_patch_2<true>(x, g, y, h, w, first_c, first_r);
        else
            along_patch_2<false>(x, g, y, h, w, first_c, first_r);
    }
}
