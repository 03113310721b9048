// warploom: tune PLANES = 64 32 128 16
// warploom: tune ROWS = 2 1 4
// warploom: tune COLUMNS = 2 4 1
// warploom: tune BLOCK_X = 32 64 128
// warploom: tune BLOCK_Y = 4 8 2 1
// warploom: tune MIN_BLOCKS = 4 2 1 8
// warploom: require BLOCK_X * BLOCK_Y * MIN_BLOCKS <= 512
// warploom: launch g<<<dim3(ceil_div(width, BLOCK_X * COLUMNS), ceil_div(height, BLOCK_Y * ROWS), ceil_div(depth, PLANES)), dim3(BLOCK_X, BLOCK_Y)>>>(u, old, next, width, height, depth)
// One element of g.
static __device__ __forceinline__ void g_element(const double* u, const double* old, double* next, int nx, int ny,
    int nz, int i, int j, int k)
{
    if (i >= nx || j >= ny) return;
    size_t plane = size_t(nx) * ny;
    size_t at = k * plane + size_t(j) * nx + i;
    double s = -6 * u[at];
    s += i > 0 ? u[at - 1] : 0;
    s += i < nx - 1 ? u[at + 1] : 0;
    s += j > 0 ? u[at - nx] : 0;
    s += j < ny - 1 ? u[at + nx] : 0;
    s += k > 0 ? u[at - plane] : 0;
    s += k < nz - 1 ? u[at + plane] : 0;
    next[at] = 2 * u[at] - old[at] + 0.1 * s;
}

// A patch of PLANES x ROWS x COLUMNS elements of g, plane after plane: what they read of their neighbourhood is loaded
// once, into registers.
static __device__ __forceinline__ void g_patch(const double* __restrict__ u, const double* __restrict__ old,
    double* __restrict__ next, int nx, int ny, int nz, int first_i, int first_j, int first_k)
{
    struct alignas(sizeof(double) * COLUMNS) u_run { double at[COLUMNS]; };
    double u_window[3][ROWS + 2][COLUMNS + 2];
    const auto u_load = [&](int ahead, double (&plane_2)[ROWS + 2][COLUMNS + 2])
    {
        #pragma unroll
        for (int down = 0; down < ROWS + 2; ++down) {
            const bool exists = (ahead >= 1 || first_k + ahead >= 1) && first_k + ahead - 1 < nz && (down >= 1
                || first_j + down >= 1) && (down < ROWS + 1 || first_j + down - 1 < ny);
            const double* u_row = u + ((long long)(first_k + ahead - 1) * ny + first_j + down - 1) * nx + first_i;
            const u_run run = exists ? *reinterpret_cast<const u_run*>(u_row) : u_run();
            #pragma unroll
            for (int across = 0; across < COLUMNS; ++across) {
                plane_2[down][across + 1] = run.at[across];
            }
            #pragma unroll
            for (int across = 0; across < COLUMNS + 2; ++across) {
                if (across < 1 || across >= COLUMNS + 1)
                    plane_2[down][across] = exists && (across >= 1 || first_i + across >= 1) && (across < COLUMNS + 1
                        || first_i + across - 1 < nx) ? u_row[across - 1] : double();
            }
        }
    };
    u_load(0, u_window[0]);
    u_load(1, u_window[1]);
    struct alignas(sizeof(double) * COLUMNS) old_run { double at[COLUMNS]; };
    double old_window[1][ROWS][COLUMNS];
    const auto old_load = [&](int ahead, double (&plane_2)[ROWS][COLUMNS])
    {
        #pragma unroll
        for (int down = 0; down < ROWS; ++down) {
            const double* old_row = old + ((long long)(first_k + ahead) * ny + first_j + down) * nx + first_i;
            const old_run run = *reinterpret_cast<const old_run*>(old_row);
            #pragma unroll
            for (int across = 0; across < COLUMNS; ++across) {
                plane_2[down][across] = run.at[across];
            }
        }
    };
    #pragma unroll 3
    for (int deep = 0; deep < PLANES && first_k + deep < nz; ++deep) {
        u_load(deep + 2, u_window[2]);
        old_load(deep, old_window[0]);
        double next_patch[ROWS][COLUMNS];
        #pragma unroll
        for (int down = 0; down < ROWS; ++down) {
            #pragma unroll
            for (int across = 0; across < COLUMNS; ++across) {
                const int k = first_k + deep;
                const int j = first_j + down;
                const int i = first_i + across;
                size_t plane = size_t(nx) * ny;
                size_t at = k * plane + size_t(j) * nx + i;
                double s = -6 * u_window[1][down + 1][across + 1];
                s += (across + -1 >= 0 || i > 0) ? u_window[1][down + 1][across] : 0;
                s += (across + 1 < COLUMNS || i < nx - 1) ? u_window[1][down + 1][across + 2] : 0;
                s += (down + -1 >= 0 || j > 0) ? u_window[1][down][across + 1] : 0;
                s += (down + 1 < ROWS || j < ny - 1) ? u_window[1][down + 2][across + 1] : 0;
                s += k > 0 ? u_window[0][down + 1][across + 1] : 0;
                s += k < nz - 1 ? u_window[2][down + 1][across + 1] : 0;
                next_patch[down][across] = 2 * u_window[1][down + 1][across + 1] - old_window[0][down][across] + 0.1 * s;
            }
        }
        struct alignas(sizeof(double) * COLUMNS) next_run { double at[COLUMNS]; };
        #pragma unroll
        for (int down = 0; down < ROWS; ++down) {
            double* next_row = next + ((long long)(first_k + deep) * ny + first_j + down) * nx + first_i;
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
                    u_window[ahead][down][across] = u_window[ahead + 1][down][across];
                }
            }
        }
    }
}

__global__ void __launch_bounds__(BLOCK_X * BLOCK_Y, MIN_BLOCKS) g(const double* __restrict__ u, const double* __restrict__ old, double* __restrict__ next, int nx, int ny, int nz) {
    const int first_i = (blockIdx.x * blockDim.x + threadIdx.x) * COLUMNS;
    const int first_j = (blockIdx.y * blockDim.y + threadIdx.y) * ROWS;
    const int first_k = blockIdx.z * PLANES;
    if (first_i >= nx || first_j >= ny || first_k >= nz)
        return;
    if (first_j + ROWS > ny || nx % COLUMNS != 0) {
        #pragma unroll 1
        for (int deep = 0; deep < PLANES; ++deep) {
            #pragma unroll 1
            for (int down = 0; down < ROWS; ++down) {
                #pragma unroll 1
                for (int across = 0; across < COLUMNS; ++across) {
                    if (first_k + deep < nz)
                        g_element(u, old, next, nx, ny, nz, first_i + across, first_j + down, first_k + deep);
                }
            }
        }
        return;
    }
    g_patch(u, old, next, nx, ny, nz, first_i, first_j, first_k);
}
