// warploom: tune ROWS = 8 4 16 2
// warploom: tune COLUMNS = 8 4 2 1
// warploom: tune BLOCK_X = 32 64 128
// warploom: tune BLOCK_Y = 4 2 8 1
// warploom: require ROWS * COLUMNS <= 128
// warploom: launch g<<<dim3(ceil_div(w, BLOCK_X * COLUMNS), ceil_div(h, BLOCK_Y * ROWS)), dim3(BLOCK_X, BLOCK_Y)>>>(a, b, w, h)
// One element of g.
static __device__ __forceinline__ void g_element(const short* a, long long* b, int w, int h, int c, int r)
{
    if (c >= w || r >= h) return;
    long long s = 5;
    for (int d = 0; d < 3; ++d) {
        int at = r + d < 0 ? 0 : r + d >= h ? h - 1 : r + d;
        s += (3 - d) * __ldg(&a[at * w + c]);
    }
    b[r * w + c] = s;
}

// A patch of ROWS x COLUMNS elements of g. Sums along a row are worked out once for all rows that they
// are part of.
static __device__ __forceinline__ void g_patch(const short* a, long long* b, int w, int h, int first_c, int first_r)
{
    struct alignas(sizeof(short) * COLUMNS) a_run { short at[COLUMNS]; };
    constexpr int g_across[] = {1};
    constexpr int g_down[] = {3, 2, 1};
    const short* a_plane = a;
    int g_sums[ROWS][COLUMNS];
    #pragma unroll
    for (int down = 0; down < ROWS; ++down) {
        #pragma unroll
        for (int k = 0; k < COLUMNS; ++k)
            g_sums[down][k] = 0;
    }
    #pragma unroll
    for (int down = 0; down < ROWS + 2; ++down) {
        const short* a_row = a_plane + (long long)min(first_r + down, h - 1) * w;
        const a_run own = *reinterpret_cast<const a_run*>(a_row + first_c);
        short a_values[COLUMNS];
        #pragma unroll
        for (int k = 0; k < COLUMNS; ++k)
            a_values[k] = own.at[k];
        #pragma unroll
        for (int k = 0; k < COLUMNS; ++k) {
            int line_sum = 0;
            #pragma unroll
            for (int n = 0; n < 1; ++n)
                line_sum += g_across[n] * a_values[k];
            #pragma unroll
            for (int n = 0; n < 3; ++n)
                if (down >= n && down - n < ROWS)
                    g_sums[down - n][k] += g_down[n] * line_sum;
        }
    }
    struct alignas(sizeof(long long) * COLUMNS < 16 ? sizeof(long long) * COLUMNS : 16) b_run_t {
        long long at[COLUMNS];
    };
    #pragma unroll
    for (int down = 0; down < ROWS; ++down) {
        const int r = first_r + down;
        if (r >= h)
            break;
        b_run_t b_run;
        #pragma unroll
        for (int across = 0; across < COLUMNS; ++across) {
            const int c = first_c + across;
            const int g_sum = g_sums[down][across];
            long long s = 5;
            s += g_sum;
            b_run.at[across] = s;
        }
        long long* b_row = b + (long long)r * w;
        *reinterpret_cast<b_run_t*>(b_row + first_c) = b_run;
    }
}

__global__ void g(const short* a, long long* b, int w, int h) {
    const int first_c = (blockIdx.x * blockDim.x + threadIdx.x) * COLUMNS;
    const int first_r = (blockIdx.y * blockDim.y + threadIdx.y) * ROWS;
    if (first_r >= h || first_c >= w)
        return;
    if (w % COLUMNS == 0) {
        g_patch(a, b, w, h, first_c, first_r);
        return;
    }
    // Rows of other lengths: one element after the other.
    #pragma unroll 1
    for (int down = 0; down < ROWS; ++down) {
        #pragma unroll 1
        for (int across = 0; across < COLUMNS; ++across)
            if (first_r + down < h && first_c + across < w)
                g_element(a, b, w, h, first_c + across, first_r + down);
    }
}
