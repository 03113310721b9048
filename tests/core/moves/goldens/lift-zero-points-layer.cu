// warploom: tune TILE_M = 128 64 256
// warploom: tune TILE_N = 256 128 64
// warploom: tune TILE_K = 128 64
// warploom: tune WARPS_M = 2 1 4
// warploom: tune WARPS_N = 4 2 1
// warploom: tune STAGES = 3 4 2 5
// warploom: tune GROUP = 8 16 4 1
// warploom: tune MIN_BLOCKS = 1 2
// warploom: require TILE_M % (WARPS_M * 16) == 0 && TILE_N % (WARPS_N * 16) == 0 && TILE_K % 64 == 0
// warploom: require TILE_M * TILE_K % (WARPS_M * WARPS_N * 512) == 0
// warploom: require TILE_N * TILE_K % (WARPS_M * WARPS_N * 512) == 0
// warploom: require TILE_M * TILE_N <= 4096 * min(WARPS_M * WARPS_N, 8 / MIN_BLOCKS)
// warploom: scratch x_sums i32[rows]
// warploom: launch sum_x<<<ceil_div(rows, 8), 256>>>(x, w, zeros, y, rows, outs, depth, zero, x_sums)
// warploom: scratch w_sums i32[outs]
// warploom: launch sum_w<<<ceil_div(outs, 8), 256>>>(x, w, zeros, y, rows, outs, depth, zero, w_sums)
// warploom: launch layer<<<dim3(ceil_div(outs, TILE_N), ceil_div(rows, TILE_M)), WARPS_M * WARPS_N * 32, max(STAGES * (TILE_M + TILE_N) * TILE_K, WARPS_M * (TILE_N + WARPS_N * 8) * 64)>>>(x, w, zeros, y, rows, outs, depth, zero, x_sums, w_sums)
// Sums each row of a factor: what the zero point of the other takes off their product is a multiple of that.
__global__ void sum_x(const unsigned char* x, const signed char* w, const signed char* zeros, int* y, int rows, int outs,
                      int depth, int zero, int* x_sums)
{
    const int r = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
    if (r >= rows)
        return;
    int total = 0;
    for (int k = threadIdx.x % 32; k < depth; k += 32)
        total += x[r * depth + k];
    for (int lane = 16; lane > 0; lane /= 2)
        total += __shfl_down_sync(0xffffffff, total, lane);
    if (threadIdx.x % 32 == 0)
        x_sums[r] = total;
}

// Sums each row of a factor: what the zero point of the other takes off their product is a multiple of that.
__global__ void sum_w(const unsigned char* x, const signed char* w, const signed char* zeros, int* y, int rows, int outs,
                      int depth, int zero, int* w_sums)
{
    const int o = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
    if (o >= outs)
        return;
    int total = 0;
    for (int k = threadIdx.x % 32; k < depth; k += 32)
        total += w[o * depth + k];
    for (int lane = 16; lane > 0; lane /= 2)
        total += __shfl_down_sync(0xffffffff, total, lane);
    if (threadIdx.x % 32 == 0)
        w_sums[o] = total;
}

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

// The same of the first so many of 16 elements, four at a time: for lines that begin on a boundary of 4 bytes only.
static __device__ __forceinline__ void copyPairs(void* to, const void* from, int present)
{
    #pragma unroll
    for (int pair = 0; pair < 4; ++pair)
        asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;"
                     :
                     : "r"(sharedAddress(to) + pair * 4), "l"(static_cast<const char*>(from) + pair * 4),
                       "r"(pair * 4 < present ? 4 : 0)
                     : "memory");
}

// Where an element lies in a tile with lines of WIDTH: pieces of 16 bytes change places, so that those below each other in
// eight lines are in different banks.
template <int WIDTH>
static __device__ __forceinline__ int placeInTile(int line, int element)
{
    constexpr int kPieces = WIDTH < 128 ? WIDTH / 16 : 8;
    return line * WIDTH + ((element / 16) ^ (line / (8 / kPieces) % kPieces)) * 16 + element % 16;
}

// By the whole warp: 16 x 8 sums += 16 x 32 of the left times 32 x 8 of the right.
static __device__ __forceinline__ void multiplyAdd(int (&sums)[4], const unsigned (&left)[4], unsigned right_low,
                                                   unsigned right_high)
{
    asm("mma.sync.aligned.m16n8k32.row.col.s32.u8.s8.s32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+r"(sums[0]), "+r"(sums[1]), "+r"(sums[2]), "+r"(sums[3])
        : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]), "r"(right_low), "r"(right_high));
}

// Four matrices of 8 x 8 into the registers of a warp: lane i gives the place of row i % 8 of matrix i / 8.
static __device__ __forceinline__ void loadMatrices(unsigned (&parts)[4], const void* row)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(parts[0]), "=r"(parts[1]), "=r"(parts[2]), "=r"(parts[3])
                 : "r"(sharedAddress(row))
                 : "memory");
}

__global__ void __launch_bounds__(WARPS_M * WARPS_N * 32, MIN_BLOCKS) layer(const unsigned char* x, const signed char* w, const signed char* zeros, int* y, int rows, int outs,
                      int depth, int zero, const int* x_sums, const int* w_sums)
{
    // A block computes TILE_M x TILE_N elements on the tensor cores, each of its WARPS_M x WARPS_N warps a part
    // of them in fragments of 16 x 8. Slices of the factors, TILE_K deep, come through a ring of STAGES buffers. The
    // fragments of a step are read while those of the step before are multiplied.
    constexpr int kThreads = WARPS_M * WARPS_N * 32;
    constexpr int kTall = TILE_M / WARPS_M / 16;
    constexpr int kBroad = TILE_N / WARPS_N / 16;
    using LeftTile = unsigned char[TILE_M * TILE_K];
    using RightTile = signed char[TILE_N * TILE_K];
    extern __shared__ __align__(128) unsigned char ring[];
    LeftTile* const left_tile = reinterpret_cast<LeftTile*>(ring);
    RightTile* const right_tile = reinterpret_cast<RightTile*>(left_tile + STAGES);
    const int thread = threadIdx.x;
    const int lane_2 = thread % 32;
    const int down = thread / 32 / WARPS_N * (TILE_M / WARPS_M);
    const int across = thread / 32 % WARPS_N * (TILE_N / WARPS_N);
    // Blocks that run at the same time take their tiles from GROUP rows of them: the L2 cache then serves more of the loads.
    const int place = blockIdx.y * gridDim.x + blockIdx.x;
    const int group = place / (GROUP * gridDim.x) * GROUP;
    const int height = min(GROUP, static_cast<int>(gridDim.y) - group);
    const int first_row = (group + place % (GROUP * gridDim.x) % height) * TILE_M;
    const int first_column = place % (GROUP * gridDim.x) / height * TILE_N;
    // Copies are of 16 bytes where a factor's lines begin on such a boundary, of 4 where they do on that.
    const bool left_is_wide = depth % 16 == 0;
    const bool right_is_wide = depth % 16 == 0;
    const bool is_copied = depth % 4 == 0;
    int sums[kTall][kBroad * 2][4] = {};
    unsigned left_part[2][kTall][4];
    unsigned right_part[2][kBroad][4];
    constexpr int left_apart = kThreads * 16 / TILE_K;
    const int left_line = thread * 16 / TILE_K;
    const int left_along = thread * 16 % TILE_K;
    const auto left_at = [&](int r, int k) { return &x[r * depth + k]; };
    auto left_from = left_at(first_row + left_line, left_along);
    const auto left_stride = left_at(left_apart, 0) - left_at(0, 0);
    constexpr int right_apart = kThreads * 16 / TILE_K;
    const int right_line = thread * 16 / TILE_K;
    const int right_along = thread * 16 % TILE_K;
    const auto right_at = [&](int o, int k) { return &w[o * depth + k]; };
    auto right_from = right_at(first_column + right_line, right_along);
    const auto right_stride = right_at(right_apart, 0) - right_at(0, 0);

    const auto load = [&](int stage, int tile_begin) {
        {
            const int r = first_row + left_line;
            const int k = tile_begin + left_along;
            const auto left_rest = r < rows && k < depth ? rows - r : 0;
            if (left_is_wide) {
                #pragma unroll
                for (int i = 0; i < TILE_M / left_apart; ++i)
                    copyAsync(&left_tile[stage][placeInTile<TILE_K>(left_line + i * left_apart, left_along)], left_from + i * left_stride,
                        i * left_apart < left_rest);
            } else {
                const int left_present = left_rest == 0 ? 0 : depth - k < 16 ? static_cast<int>(depth - k) : 16;
                #pragma unroll
                for (int i = 0; i < TILE_M / left_apart; ++i)
                    copyPairs(&left_tile[stage][placeInTile<TILE_K>(left_line + i * left_apart, left_along)], left_from + i * left_stride,
                        i * left_apart < left_rest ? left_present : 0);
            }
            left_from += left_at(0, TILE_K) - left_at(0, 0);
        }
        {
            const int o = first_column + right_line;
            const int k = tile_begin + right_along;
            const auto right_rest = o < outs && k < depth ? outs - o : 0;
            if (right_is_wide) {
                #pragma unroll
                for (int i = 0; i < TILE_N / right_apart; ++i)
                    copyAsync(&right_tile[stage][placeInTile<TILE_K>(right_line + i * right_apart, right_along)], right_from + i * right_stride,
                        i * right_apart < right_rest);
            } else {
                const int right_present = right_rest == 0 ? 0 : depth - k < 16 ? static_cast<int>(depth - k) : 16;
                #pragma unroll
                for (int i = 0; i < TILE_N / right_apart; ++i)
                    copyPairs(&right_tile[stage][placeInTile<TILE_K>(right_line + i * right_apart, right_along)], right_from + i * right_stride,
                        i * right_apart < right_rest ? right_present : 0);
            }
            right_from += right_at(0, TILE_K) - right_at(0, 0);
        }
        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    const auto read = [&](int buffer, int stage, int step) {
        #pragma unroll
        for (int i = 0; i < kTall; ++i)
            loadMatrices(left_part[buffer][i], &left_tile[stage][placeInTile<TILE_K>(
                down + i * 16 + lane_2 % 16, step + lane_2 / 16 * 16)]);
        #pragma unroll
        for (int j = 0; j < kBroad; ++j)
            loadMatrices(right_part[buffer][j], &right_tile[stage][placeInTile<TILE_K>(
                across + j * 16 + lane_2 / 16 * 8 + lane_2 % 8, step + lane_2 / 8 % 2 * 16)]);
    };
    const auto multiply = [&](int buffer) {
        #pragma unroll
        for (int i = 0; i < kTall; ++i)
            #pragma unroll
            for (int j = 0; j < kBroad; ++j) {
                const unsigned (&part)[4] = right_part[buffer][j];
                multiplyAdd(sums[i][2 * j], left_part[buffer][i], part[0], part[1]);
                multiplyAdd(sums[i][2 * j + 1], left_part[buffer][i], part[2], part[3]);
            }
    };
    if (is_copied) {
        #pragma unroll
        for (int stage = 0; stage < STAGES - 1; ++stage)
            load(stage, stage * TILE_K);
        asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 2) : "memory");
        __syncthreads();
        read(0, 0, 0);
        int stage = 0;
        for (int tile_begin = 0; tile_begin < depth; tile_begin += TILE_K) {
            load(stage == 0 ? STAGES - 1 : stage - 1, tile_begin + (STAGES - 1) * TILE_K);
            #pragma unroll
            for (int step = 0; step < TILE_K; step += 32) {
                // The next step is the first of the next slice, once all threads have theirs of it there.
                if (step + 32 == TILE_K) {
                    asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 2) : "memory");
                    __syncthreads();
                    stage = stage + 1 == STAGES ? 0 : stage + 1;
                }
                read(step / 32 % 2 ^ 1, stage, (step + 32) % TILE_K);
                multiply(step / 32 % 2);
            }
        }
        asm volatile("cp.async.wait_all;" ::: "memory");
    } else {
        for (int tile_begin = 0; tile_begin < depth; tile_begin += TILE_K) {
            __syncthreads();
            #pragma unroll 4
            for (int item = thread; item < TILE_M * TILE_K; item += kThreads) {
                const int left_line = item / TILE_K;
                const int left_along = item % TILE_K;
                const int r = first_row + left_line;
                const int k = tile_begin + left_along;
                left_tile[0][placeInTile<TILE_K>(left_line, left_along)] =
                    r < rows && k < depth ? x[r * depth + k] : static_cast<unsigned char>(0);
            }
            #pragma unroll 4
            for (int item = thread; item < TILE_N * TILE_K; item += kThreads) {
                const int right_line = item / TILE_K;
                const int right_along = item % TILE_K;
                const int o = first_column + right_line;
                const int k = tile_begin + right_along;
                right_tile[0][placeInTile<TILE_K>(right_line, right_along)] =
                    o < outs && k < depth ? w[o * depth + k] : static_cast<signed char>(0);
            }
            __syncthreads();
            #pragma unroll
            for (int step = 0; step < TILE_K; step += 32) {
                read(0, 0, step);
                multiply(0);
            }
        }
    }
    // Through shared memory, 16 rows of each warp at a time, so that neighbouring lanes store neighbouring columns.
    constexpr int kColumns = TILE_N / WARPS_N;
    using Lines = int[16][kColumns + 8];
    Lines& lines = reinterpret_cast<Lines*>(ring)[thread / 32];
    __syncthreads();
    #pragma unroll
    for (int i = 0; i < kTall; ++i) {
        __syncwarp();
        #pragma unroll
        for (int j = 0; j < kColumns / 2; ++j)
            lines[j / 2 % 2 * 8 + lane_2 / 4][j / 4 * 8 + lane_2 % 4 * 2 + j % 2] = sums[i][j / 4][j % 4];
        __syncwarp();
        if (outs % 4 == 0) {
            constexpr int kAhead = kColumns / (2 * 4) % 4 == 0 ? 4 : 1;
            for (int first = lane_2 * 4; first < 16 * kColumns; first += 32 * 4 * kAhead) {
                // Loads of kAhead pieces are under way at the same time.
                __align__(4) signed char zeros_vec[kAhead][4];
                __align__(16) int w_sums_vec[kAhead][4];
                #pragma unroll
                for (int piece = 0; piece < kAhead; ++piece) {
                    const int item = first + piece * 32 * 4;
                    const int r = first_row + down + i * 16 + item / kColumns;
                    const int o = first_column + across + item % kColumns;
                    if (r < rows && o < outs) {
                        *reinterpret_cast<unsigned int*>(zeros_vec[piece]) = *reinterpret_cast<const unsigned int*>(&zeros[o]);
                        *reinterpret_cast<int4*>(w_sums_vec[piece]) = *reinterpret_cast<const int4*>(&w_sums[o]);
                    }
                }
                #pragma unroll
                for (int piece = 0; piece < kAhead; ++piece) {
                    const int item = first + piece * 32 * 4;
                    const int r = first_row + down + i * 16 + item / kColumns;
                    const int o = first_column + across + item % kColumns;
                    if (r < rows && o < outs) {
                        __align__(16) int y_vec[4];
                        #pragma unroll
                        for (int element = 0; element < 4; ++element) {
                            int sum = lines[item / kColumns][item % kColumns + element];
                            sum = sum + static_cast<int>(depth) * zero * (static_cast<int>(zeros_vec[piece][element])) - (static_cast<int>(zeros_vec[piece][element])) * x_sums[r] - zero * w_sums_vec[piece][element];
                            y_vec[element] = sum;
                        }
                        *reinterpret_cast<int4*>(&y[r * outs + o]) = *reinterpret_cast<const int4*>(y_vec);
                    }
                }
            }
        } else {
            #pragma unroll 4
            for (int item = lane_2; item < 16 * kColumns; item += 32) {
                const int r = first_row + down + i * 16 + item / kColumns;
                const int o = first_column + across + item % kColumns;
                if (r < rows && o < outs) {
                    int sum = lines[item / kColumns][item % kColumns];
                    sum = sum + static_cast<int>(depth) * zero * (static_cast<int>(zeros[o])) - (static_cast<int>(zeros[o])) * x_sums[r] - zero * w_sums[o];
                    y[r * outs + o] = sum;
                }
            }
        }
    }
}
