// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Matrix product c = a · b, all row-major: one thread computes one element of c, in blocks of 16 × 16.
//
// Each element of a is loaded n times and each of b m times; two loads stand against one multiply-add.
//
// warploom: tune TILE_M = 128 64 256
// warploom: tune TILE_N = 128 256 64
// warploom: tune TILE_K = 32 64
// warploom: tune WARPS_M = 4 2 1
// warploom: tune WARPS_N = 2 4 1
// warploom: tune STAGES = 3 2 4
// warploom: tune GROUP = 8 4 16 1
// warploom: tune MIN_BLOCKS = 1 2 3
// warploom: require TILE_M % (WARPS_M * 32) == 0 && TILE_N % (WARPS_N * 32) == 0 && TILE_K % 32 == 0
// warploom: require TILE_M * TILE_K % (WARPS_M * WARPS_N * 128) == 0
// warploom: require TILE_N * TILE_K % (WARPS_M * WARPS_N * 128) == 0
// warploom: require WARPS_M * WARPS_N * 128 % TILE_N == 0
// warploom: require (STAGES * (TILE_M + TILE_N) * TILE_K * 4 + 1024) * MIN_BLOCKS <= 233472
// warploom: require TILE_M * TILE_N <= 2048 * min(WARPS_M * WARPS_N, 8 / MIN_BLOCKS)
// warploom: launch sgemm<<<dim3(ceil_div(n, TILE_N), ceil_div(m, TILE_M)), WARPS_M * WARPS_N * 32, max(STAGES * (TILE_M + TILE_N) * TILE_K * 4, WARPS_M * (TILE_N + WARPS_N * 8) * 32)>>>(a, b, c, m, n, k)

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

// Where an element lies in a tile with lines of WIDTH: pieces of 16 bytes change places, so that those that lanes read
// together are in different banks. These are PHASES lines, each four from the next, or as many times four.
template <int WIDTH, int PHASES>
static __device__ __forceinline__ int placeInTile(int line, int element)
{
    return line * WIDTH + (element ^ (line / 4 % PHASES * (32 / PHASES)));
}

// A value as the sum of two of 11 bits each, which is what tensor cores take: the nearest to it, and what that leaves.
static __device__ __forceinline__ void splitValue(float value, unsigned& high, unsigned& low)
{
    high = (__float_as_uint(value) + 0x1000u) & 0xffffe000u;
    low = __float_as_uint(value - __uint_as_float(high)) & 0xffffe000u;
}

// By the whole warp: 16 x 8 sums += 16 x 8 of the left times 8 x 8 of the right.
static __device__ __forceinline__ void multiplyAdd(float (&sums)[4], const unsigned (&left)[4],
                                                   const unsigned (&right)[2])
{
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
        : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]), "r"(right[0]), "r"(right[1]));
}

extern "C" __global__ void __launch_bounds__(WARPS_M * WARPS_N * 32, MIN_BLOCKS) sgemm(const float* a, const float* b, float* c, int m, int n, int k)
{
    // A block computes TILE_M x TILE_N elements on the tensor cores, each of its WARPS_M x WARPS_N warps a part
    // of them in fragments of 16 x 8: of each 32 rows and each 32 columns a lane has four neighbours. Slices of the
    // factors, TILE_K deep, come through a ring of STAGES buffers. Tensor cores cut sums off where float rounds
    // them: they add up kDeep products of an element, then float takes over, and what its rounding leaves is carried on.
    constexpr int kThreads = WARPS_M * WARPS_N * 32;
    constexpr int kTall = TILE_M / WARPS_M / 16;
    constexpr int kBroad = TILE_N / WARPS_N / 32;
    constexpr int kDeep = 64;
    using LeftTile = float[TILE_M * TILE_K];
    using RightTile = float[TILE_N * TILE_K];
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
    const bool is_wide = k % 4 == 0 && n % 4 == 0;
    float sums[kTall][kBroad * 4][4] = {};
    float parts[kTall][kBroad * 4][4] = {};
    constexpr int left_apart = kThreads * 4 / TILE_K;
    const int left_line = thread * 4 / TILE_K;
    const int left_along = thread * 4 % TILE_K;
    const auto left_at = [&](int row, int p) { return &a[row * k + p]; };
    auto left_from = left_at(first_row + left_line, left_along);
    const auto left_stride = left_at(left_apart, 0) - left_at(0, 0);
    constexpr int right_apart = kThreads * 4 / TILE_N;
    const int right_line = thread * 4 / TILE_N;
    const int right_along = thread * 4 % TILE_N;
    const auto right_at = [&](int col, int p) { return &b[p * n + col]; };
    auto right_from = right_at(first_column + right_along, right_line);
    const auto right_stride = right_at(0, right_apart) - right_at(0, 0);

    const auto load = [&](int stage, int tile_begin) {
        {
            const int row = first_row + left_line;
            const int p = tile_begin + left_along;
            const auto left_rest = row < m && p < k ? m - row : 0;
            #pragma unroll
            for (int i = 0; i < TILE_M / left_apart; ++i)
                copyAsync(&left_tile[stage][placeInTile<TILE_K, 2>(left_line + i * left_apart, left_along)], left_from + i * left_stride,
                    i * left_apart < left_rest);
            left_from += left_at(0, TILE_K) - left_at(0, 0);
        }
        {
            const int col = first_column + right_along;
            const int p = tile_begin + right_line;
            const auto right_rest = col < n && p < k ? k - p : 0;
            #pragma unroll
            for (int i = 0; i < TILE_K / right_apart; ++i)
                copyAsync(&right_tile[stage][placeInTile<TILE_N, 4>(right_line + i * right_apart, right_along)], right_from + i * right_stride,
                    i * right_apart < right_rest);
            right_from += right_at(0, TILE_K) - right_at(0, 0);
        }
        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    const int left_place = placeInTile<TILE_K, 2>(down + lane / 4 * 4, lane % 4 * 4);
    const int right_place = placeInTile<TILE_N, 4>(lane % 4 * 4, across + lane / 4 * 4);
    const auto multiply = [&](int stage) {
        // One step at a time: the parts of two would not fit into the registers.
        #pragma unroll 1
        for (int step = 0; step < TILE_K; step += 16) {
            float left_part[kTall * 2][4];
            #pragma unroll
            for (int i = 0; i < kTall * 2; ++i)
                reinterpret_cast<float4&>(left_part[i]) = reinterpret_cast<const float4&>(
                    left_tile[stage][(left_place ^ step) + (i / 4 * 32 + i % 4) * TILE_K]);
            unsigned left_high[kTall][2][4], left_low[kTall][2][4];
            #pragma unroll
            for (int item = 0; item < kTall * 8; ++item) {
                const int i = item / 8, half_step = item / 4 % 2, q = item % 4;
                splitValue(left_part[i * 2 + q % 2][half_step * 2 + q / 2], left_high[i][half_step][q], left_low[i][half_step][q]);
            }
            #pragma unroll
            for (int j = 0; j < kBroad * 4; ++j) {
                float right_part[4][4];
                #pragma unroll
                for (int i = 0; i < 4; ++i)
                    reinterpret_cast<float4&>(right_part[i]) = reinterpret_cast<const float4&>(
                        right_tile[stage][right_place + (step + i % 4) * TILE_N + j / 4 * 32]);
                unsigned right_high[2][2], right_low[2][2];
                #pragma unroll
                for (int q = 0; q < 4; ++q)
                    splitValue(right_part[q][j % 4], right_high[q / 2][q % 2], right_low[q / 2][q % 2]);
                #pragma unroll
                for (int item = 0; item < kTall * 2; ++item)
                    multiplyAdd(parts[item % kTall][j], left_low[item % kTall][item / kTall], right_high[item / kTall]);
                #pragma unroll
                for (int item = 0; item < kTall * 2; ++item)
                    multiplyAdd(parts[item % kTall][j], left_high[item % kTall][item / kTall], right_low[item / kTall]);
                #pragma unroll
                for (int item = 0; item < kTall * 2; ++item)
                    multiplyAdd(parts[item % kTall][j], left_high[item % kTall][item / kTall], right_high[item / kTall]);
            }
        }
    };
    // As Kahan adds: the next products begin from what did not fit into the sum.
    const auto takeOver = [&] {
        #pragma unroll
        for (int item = 0; item < kTall * kBroad * 16; ++item) {
            float& sum = sums[item / (kBroad * 16)][item / 4 % (kBroad * 4)][item % 4];
            float& part = parts[item / (kBroad * 16)][item / 4 % (kBroad * 4)][item % 4];
            const float total = __fadd_rn(sum, part);
            part = __fsub_rn(part, __fsub_rn(total, sum));
            sum = total;
        }
    };
    if (is_wide) {
        #pragma unroll
        for (int stage = 0; stage < STAGES - 1; ++stage)
            load(stage, stage * TILE_K);
    }
    int stage = 0;
    for (int tile_begin = 0; tile_begin < k; tile_begin += TILE_K) {
        if (is_wide) {
            asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 2) : "memory");
            __syncthreads();
            load(stage == 0 ? STAGES - 1 : stage - 1, tile_begin + (STAGES - 1) * TILE_K);
        } else {
            __syncthreads();
            #pragma unroll 1
            for (int item = thread; item < TILE_M * TILE_K; item += kThreads) {
                const int left_line = item / TILE_K;
                const int left_along = item % TILE_K;
                const int row = first_row + left_line;
                const int p = tile_begin + left_along;
                left_tile[0][placeInTile<TILE_K, 2>(left_line, left_along)] =
                    row < m && p < k ? a[row * k + p] : float(0.0f);
            }
            #pragma unroll 1
            for (int item = thread; item < TILE_N * TILE_K; item += kThreads) {
                const int right_line = item / TILE_N;
                const int right_along = item % TILE_N;
                const int col = first_column + right_along;
                const int p = tile_begin + right_line;
                right_tile[0][placeInTile<TILE_N, 4>(right_line, right_along)] =
                    col < n && p < k ? b[p * n + col] : float(0.0f);
            }
            __syncthreads();
        }
        multiply(stage);
        if (tile_begin / TILE_K % (kDeep / TILE_K) == kDeep / TILE_K - 1)
            takeOver();
        if (is_wide)
            stage = stage + 1 == STAGES ? 0 : stage + 1;
    }
    takeOver();
    asm volatile("cp.async.wait_all;" ::: "memory");
    // Through shared memory, eight rows of each warp at a time, so that neighbouring lanes store neighbouring columns.
    constexpr int kColumns = TILE_N / WARPS_N;
    using Lines = float[8][kColumns + 8];
    Lines& lines = reinterpret_cast<Lines*>(ring)[thread / 32];
    __syncthreads();
    #pragma unroll
    for (int i = 0; i < kTall * 2; ++i) {
        __syncwarp();
        #pragma unroll
        for (int j = 0; j < kColumns / 4; ++j)
            lines[lane / 4][j / 8 * 32 + lane % 4 * 8 + j % 8] =
                sums[i / 2][j / 8 * 4 + j % 4][i % 2 * 2 + j / 4 % 2];
        __syncwarp();
        #pragma unroll 4
        for (int item = lane; item < 8 * kColumns; item += 32) {
            const int row = first_row + down + i / 4 * 32 + item / kColumns * 4 + i % 4;
            const int col = first_column + across + item % kColumns;
            if (row < m && col < n) {
                float sum = lines[item / kColumns][item % kColumns];
                // An infinity has no second part, nor has a value that is rounded to one: added up as before.
                if ((__float_as_uint(sum) & 0x7f800000u) == 0x7f800000u) {
                    sum = 0;
                    #pragma unroll 1
                    for (int p = 0; p < k; ++p)
                        sum += a[row * k + p] * b[p * n + col];
                }
                c[row * n + col] = sum;
            }
        }
    }
}
