// warploom: tune ROWS = 4 2 8 1
// warploom: tune COLUMNS = 2 4 1
// warploom: tune BLOCK_X = 32 64 128
// warploom: tune BLOCK_Y = 4 8 2 1
// warploom: scratch other f64[rows, cols]
// warploom: launch sweep<<<dim3(ceil_div(cols, BLOCK_X * COLUMNS), ceil_div(rows, BLOCK_Y * ROWS)), dim3(BLOCK_X, BLOCK_Y)>>>(plate, other, rows, cols, 0.2)
// warploom: launch sweep<<<dim3(ceil_div(cols, BLOCK_X * COLUMNS), ceil_div(rows, BLOCK_Y * ROWS)), dim3(BLOCK_X, BLOCK_Y)>>>(other, plate, rows, cols, 0.3)
// One element of sweep.
static __device__ __forceinline__ void sweep_element(const double* from, double* to, int rows, int cols, double weight,
    int c, int r)
{
    if (r < rows && c < cols) {
        size_t at = (size_t)r * cols + c;
        if (r == 0 || c == 0 || r == rows - 1 || c == cols - 1)
            to[at] = from[at];
        else
            to[at] = weight * (from[at - 1] + from[at + 1] + from[at - cols] + from[at + cols]);
    }
}

// A patch of ROWS x COLUMNS elements of sweep: what they read of their neighbourhood is loaded once, into registers.
// INSIDE: all that is read exists.
template <bool INSIDE>
static __device__ __forceinline__ void sweep_patch(const double* from, double* to, int rows, int cols, double weight,
    int first_c, int first_r)
{
    struct alignas(sizeof(double) * COLUMNS) from_run { double at[COLUMNS]; };
    double from_window[ROWS + 2][COLUMNS + 2];
    #pragma unroll
    for (int down = 0; down < ROWS + 2; ++down) {
        const bool exists = (INSIDE || ((down >= 1 || first_r + down >= 1) && (down < ROWS + 1
            || first_r + down - 1 < rows)));
        const double* from_row = from + (long long)(first_r + down - 1) * cols + first_c;
        const from_run run = exists ? *reinterpret_cast<const from_run*>(from_row) : from_run();
        #pragma unroll
        for (int across = 0; across < COLUMNS; ++across) {
            from_window[down][across + 1] = run.at[across];
        }
        #pragma unroll
        for (int across = 0; across < COLUMNS + 2; ++across) {
            if (across < 1 || across >= COLUMNS + 1)
                from_window[down][across] = exists && (INSIDE || ((across >= 1 || first_c + across >= 1)
                    && (across < COLUMNS + 1 || first_c + across - 1 < cols))) ? from_row[across - 1] : double();
        }
    }
    double to_patch[ROWS][COLUMNS];
    #pragma unroll
    for (int down = 0; down < ROWS; ++down) {
        #pragma unroll
        for (int across = 0; across < COLUMNS; ++across) {
            const int r = first_r + down;
            const int c = first_c + across;
            size_t at = (size_t)r * cols + c;
            if (!INSIDE && (r == 0 || c == 0 || r == rows - 1 || c == cols - 1))
                to_patch[down][across] = from_window[down + 1][across + 1];
            else
                to_patch[down][across] = weight * (from_window[down + 1][across] + from_window[down + 1][across + 2] + from_window[down][across + 1] + from_window[down + 2][across + 1]);
        }
    }
    struct alignas(sizeof(double) * COLUMNS) to_run { double at[COLUMNS]; };
    #pragma unroll
    for (int down = 0; down < ROWS; ++down) {
        double* to_row = to + (long long)(first_r + down) * cols + first_c;
        to_run run;
        #pragma unroll
        for (int across = 0; across < COLUMNS; ++across) {
            run.at[across] = to_patch[down][across];
        }
        *reinterpret_cast<to_run*>(to_row) = run;
    }
}

__global__ void sweep(const double* from, double* to, int rows, int cols, double weight) {
    const int first_c = (blockIdx.x * blockDim.x + threadIdx.x) * COLUMNS;
    const int first_r = (blockIdx.y * blockDim.y + threadIdx.y) * ROWS;
    if (first_c >= cols || first_r >= rows)
        return;
    if (first_r + ROWS > rows || cols % COLUMNS != 0) {
        #pragma unroll 1
        for (int down = 0; down < ROWS; ++down) {
            #pragma unroll 1
            for (int across = 0; across < COLUMNS; ++across) {
                sweep_element(from, to, rows, cols, weight, first_c + across, first_r + down);
            }
        }
        return;
    }
    if (first_r >= 1 && first_r + ROWS + 1 <= rows && first_c >= 1 && first_c + COLUMNS + 1 <= cols)
        sweep_patch<true>(from, to, rows, cols, weight, first_c, first_r);
    else
        sweep_patch<false>(from, to, rows, cols, weight, first_c, first_r);
}
