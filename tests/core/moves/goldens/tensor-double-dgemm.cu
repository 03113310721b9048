// warploom: tune TILE_M = 128 64 256 32
// warploom: tune TILE_N = 128 64 256 32
// warploom: tune TILE_K = 16 32
// warploom: tune WARPS_M = 2 1 4
// warploom: tune WARPS_N = 4 2 1
// warploom: tune STAGES = 3 4 2 5
// warploom: tune GROUP = 8 16 4 1
// warploom: tune MIN_BLOCKS = 1 2 3
// warploom: require TILE_M % (WARPS_M * 16) == 0 && TILE_N % (WARPS_N * 16) == 0 && TILE_K % 16 == 0
// warploom: require TILE_M * TILE_K % (WARPS_M * WARPS_N * 64) == 0
// warploom: require WARPS_M * WARPS_N * 64 % TILE_K == 0
// warploom: require TILE_N * TILE_K % (WARPS_M * WARPS_N * 64) == 0
// warploom: require WARPS_M * WARPS_N * 64 % TILE_N == 0
// warploom: require (max(STAGES * (TILE_M + TILE_N) * TILE_K * 8, WARPS_M * (TILE_N + WARPS_N * 8) * 128) + 1024) * MIN_BLOCKS <= 233472
// warploom: require (TILE_M * TILE_N + TILE_M * WARPS_N * 8 + TILE_N * WARPS_M * 8) / (WARPS_M * WARPS_N * 16) + 44 <= min(255, 2048 / (WARPS_M * WARPS_N * MIN_BLOCKS))
// warploom: launch g<<<dim3(ceil_div(n, TILE_N), ceil_div(m, TILE_M)), WARPS_M * WARPS_N * 32, max(STAGES * (TILE_M + TILE_N) * TILE_K * 8, WARPS_M * (TILE_N + WARPS_N * 8) * 128)>>>(a, b, c, m, n, k)
// Where something lies in shared memory, as PTX has it.
static __device__ __forceinline__ unsigned sharedAddress(const void* place)
{
    return static_cast<unsigned>(__cvta_generic_to_shared(place));
}

// Copies 16 bytes into shared memory while the thread goes on; zeros where is_in is false.
static __device__ __forceinline__ void copyAsync(void* to, const void* from, bool is_in)
{
    asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;"
                 :
                 : "r"(sharedAddress(to)), "l"(from), "r"(is_in ? 16 : 0)
                 : "memory");
}

// The same of the first so many of 2 elements, one at a time: for lines that begin on a boundary of 8 bytes only.
static __device__ __forceinline__ void copyElements(void* to, const void* from, int present)
{
    #pragma unroll
    for (int element = 0; element < 2; ++element)
        asm volatile("cp.async.ca.shared.global [%0], [%1], 8, %2;"
                     :
                     : "r"(sharedAddress(to) + element * 8), "l"(static_cast<const char*>(from) + element * 8),
                       "r"(element < present ? 8 : 0)
                     : "memory");
}

// Where an element lies in a tile with lines of WIDTH: pieces of 16 bytes change places, so that those that eight lanes
// read together, from LINES lines, are in different banks.
template <int WIDTH, int LINES>
static __device__ __forceinline__ int placeInTile(int line, int element)
{
    return line * WIDTH + (element ^ (line / 2 % LINES * (16 / LINES)));
}

// Two neighbours at once.
static __device__ __forceinline__ void readPair(double& first, double& second, const double* from)
{
    const double2 pair = *reinterpret_cast<const double2*>(from);
    first = pair.x;
    second = pair.y;
}

// By the whole warp: 16 x 8 sums += 16 x 8 of the left times 8 x 8 of the right.
static __device__ __forceinline__ void multiplyAdd(double (&sums)[4], const double (&left)[4], double right_low,
                                                   double right_high)
{
    asm("mma.sync.aligned.m16n8k8.row.col.f64.f64.f64.f64 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+d"(sums[0]), "+d"(sums[1]), "+d"(sums[2]), "+d"(sums[3])
        : "d"(left[0]), "d"(left[1]), "d"(left[2]), "d"(left[3]), "d"(right_low), "d"(right_high));
}

__global__ void __launch_bounds__(WARPS_M * WARPS_N * 32, MIN_BLOCKS) g(const double* a, const double* b, double* c, int m, int n, int k) {
    // A block computes TILE_M x TILE_N elements on the tensor cores, each of its WARPS_M x WARPS_N warps a part
    // of them in fragments of 16 x 8. Slices of the factors, TILE_K deep, come through a ring of STAGES buffers. In
    // which order a fragment has its rows, columns and products is free: a lane takes those that are neighbours.
    constexpr int kThreads = WARPS_M * WARPS_N * 32;
    constexpr int kTall = TILE_M / WARPS_M / 16;
    constexpr int kBroad = TILE_N / WARPS_N / 16;
    using LeftTile = double[TILE_M * TILE_K];
    using RightTile = double[TILE_N * TILE_K];
    extern __shared__ __align__(128) unsigned char ring[];
    LeftTile* const left_tile = reinterpret_cast<LeftTile*>(ring);
    RightTile* const right_tile = reinterpret_cast<RightTile*>(left_tile + STAGES);
    const int thread = threadIdx.x;
    const int lane = thread % 32;
    const int down = thread / 32 / WARPS_N * (TILE_M / WARPS_M);
    const int across = thread / 32 % WARPS_N * (TILE_N / WARPS_N);
    // Blocks that run at the same time take their tiles from GROUP rows of them: the L2 cache then serves more of the loads.
    const int place = blockIdx.y * gridDim.x + blockIdx.x;
    const int group = place / (GROUP * gridDim.x) * GROUP;
    const int height = min(GROUP, static_cast<int>(gridDim.y) - group);
    const int first_row = (group + place % (GROUP * gridDim.x) % height) * TILE_M;
    const int first_column = place % (GROUP * gridDim.x) / height * TILE_N;
    // Copies are of 16 bytes where a factor's lines begin on such a boundary, else of 8.
    const bool left_is_wide = k % 2 == 0;
    const bool right_is_wide = n % 2 == 0;
    double sums[kTall][kBroad * 2][4] = {};
    constexpr int left_apart = kThreads * 2 / TILE_K;
    const int left_line = thread * 2 / TILE_K;
    const int left_along = thread * 2 % TILE_K;
    const auto left_at = [&](int i, int p) { return &a[i * k + p]; };
    auto left_from = left_at(first_row + left_line, left_along);
    const auto left_stride = left_at(left_apart, 0) - left_at(0, 0);
    constexpr int right_apart = kThreads * 2 / TILE_N;
    const int right_line = thread * 2 / TILE_N;
    const int right_along = thread * 2 % TILE_N;
    const auto right_at = [&](int j, int p) { return &b[p * n + j]; };
    auto right_from = right_at(first_column + right_along, right_line);
    const auto right_stride = right_at(0, right_apart) - right_at(0, 0);

    const auto load = [&](int stage, int tile_begin) {
        {
            const int i = first_row + left_line;
            const int p = tile_begin + left_along;
            const auto left_rest = i < m && p < k ? m - i : 0;
            if (left_is_wide) {
                #pragma unroll
                for (int i_2 = 0; i_2 < TILE_M / left_apart; ++i_2)
                    copyAsync(&left_tile[stage][placeInTile<TILE_K, 2>(left_line + i_2 * left_apart, left_along)], left_from + i_2 * left_stride,
                        i_2 * left_apart < left_rest);
            } else {
                const int left_present = left_rest == 0 ? 0 : k - p < 2 ? static_cast<int>(k - p) : 2;
                #pragma unroll
                for (int i_2 = 0; i_2 < TILE_M / left_apart; ++i_2)
                    copyElements(&left_tile[stage][placeInTile<TILE_K, 2>(left_line + i_2 * left_apart, left_along)], left_from + i_2 * left_stride,
                        i_2 * left_apart < left_rest ? left_present : 0);
            }
            left_from += left_at(0, TILE_K) - left_at(0, 0);
        }
        {
            const int j = first_column + right_along;
            const int p = tile_begin + right_line;
            const auto right_rest = j < n && p < k ? k - p : 0;
            if (right_is_wide) {
                #pragma unroll
                for (int i_2 = 0; i_2 < TILE_K / right_apart; ++i_2)
                    copyAsync(&right_tile[stage][placeInTile<TILE_N, 4>(right_line + i_2 * right_apart, right_along)], right_from + i_2 * right_stride,
                        i_2 * right_apart < right_rest);
            } else {
                const int right_present = right_rest == 0 ? 0 : n - j < 2 ? static_cast<int>(n - j) : 2;
                #pragma unroll
                for (int i_2 = 0; i_2 < TILE_K / right_apart; ++i_2)
                    copyElements(&right_tile[stage][placeInTile<TILE_N, 4>(right_line + i_2 * right_apart, right_along)], right_from + i_2 * right_stride,
                        i_2 * right_apart < right_rest ? right_present : 0);
            }
            right_from += right_at(0, TILE_K) - right_at(0, 0);
        }
        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    const auto multiply = [&](int stage) {
        #pragma unroll
        for (int step = 0; step < TILE_K; step += 8) {
            double left_part[kTall][4];
            double right_part[kBroad][4];
            #pragma unroll
            for (int item = 0; item < kTall * 2; ++item)
                readPair(left_part[item / 2][item % 2], left_part[item / 2][item % 2 + 2],
                    &left_tile[stage][placeInTile<TILE_K, 2>(
                        down + item / 2 * 16 + lane / 4 * 2 + item % 2, step + lane % 4 * 2)]);
            #pragma unroll
            for (int item = 0; item < kBroad * 2; ++item)
                readPair(right_part[item / 2][item % 2], right_part[item / 2][item % 2 + 2],
                    &right_tile[stage][placeInTile<TILE_N, 4>(
                        step + lane % 4 * 2 + item % 2, across + item / 2 * 16 + lane / 4 * 2)]);
            #pragma unroll
            for (int i_2 = 0; i_2 < kTall; ++i_2)
                #pragma unroll
                for (int j_2 = 0; j_2 < kBroad; ++j_2) {
                    multiplyAdd(sums[i_2][2 * j_2], left_part[i_2], right_part[j_2][0], right_part[j_2][1]);
                    multiplyAdd(sums[i_2][2 * j_2 + 1], left_part[i_2], right_part[j_2][2], right_part[j_2][3]);
                }
        }
    };
    #pragma unroll
    for (int stage = 0; stage < STAGES - 1; ++stage)
        load(stage, stage * TILE_K);
    int stage = 0;
    for (int tile_begin = 0; tile_begin < k; tile_begin += TILE_K) {
        asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 2) : "memory");
        __syncthreads();
        load(stage == 0 ? STAGES - 1 : stage - 1, tile_begin + (STAGES - 1) * TILE_K);
        multiply(stage);
        stage = stage + 1 == STAGES ? 0 : stage + 1;
    }
    asm volatile("cp.async.wait_all;" ::: "memory");
    // Through shared memory, 16 rows of each warp at a time, so that neighbouring lanes store neighbouring columns.
    constexpr int kColumns = TILE_N / WARPS_N;
    using Lines = double[16][kColumns + 8];
    Lines& lines = reinterpret_cast<Lines*>(ring)[thread / 32];
    __syncthreads();
    #pragma unroll
    for (int i_2 = 0; i_2 < kTall; ++i_2) {
        __syncwarp();
        #pragma unroll
        for (int j_2 = 0; j_2 < kColumns / 2; ++j_2)
            lines[lane / 4 * 2 + j_2 / 2 % 2][j_2 / 8 * 16 + lane % 4 * 4 + j_2 % 2 * 2 + j_2 / 4 % 2] = sums[i_2][j_2 / 4][j_2 % 4];
        __syncwarp();
        if (n % 2 == 0) {
            #pragma unroll 4
            for (int item = lane * 2; item < 16 * kColumns; item += 32 * 2) {
                const int i = first_row + down + i_2 * 16 + item / kColumns;
                const int j = first_column + across + item % kColumns;
                if (i < m && j < n) {
                    __align__(16) double c_vec[2];
                    #pragma unroll
                    for (int element = 0; element < 2; ++element) {
                        double s = lines[item / kColumns][item % kColumns + element];
                        c_vec[element] = s;
                    }
                    *reinterpret_cast<double2*>(&c[i * n + j]) = *reinterpret_cast<const double2*>(c_vec);
                }
            }
        } else {
            #pragma unroll 4
            for (int item = lane; item < 16 * kColumns; item += 32) {
                const int i = first_row + down + i_2 * 16 + item / kColumns;
                const int j = first_column + across + item % kColumns;
                if (i < m && j < n) {
                    double s = lines[item / kColumns][item % kColumns];
                    c[i * n + j] = s;
                }
            }
        }
    }
}
