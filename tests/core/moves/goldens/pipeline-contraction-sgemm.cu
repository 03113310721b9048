// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Matrix product c = a · b, all row-major: one thread computes one element of c, in blocks of 16 × 16.
//
// Each element of a is loaded n times and each of b m times; two loads stand against one multiply-add.
//
// warploom: tune TILE_M = 128 64 256 32
// warploom: tune TILE_N = 128 64 256 32
// warploom: tune TILE_K = 8 16 32
// warploom: tune THREAD_M = 16 8 4
// warploom: tune THREAD_N = 8 4 16
// warploom: tune PAD = 4 0 8
// warploom: tune STAGES = 4 3 2
// warploom: tune MIN_BLOCKS = 2 1 3
// warploom: require TILE_M % (4 * THREAD_M) == 0 && TILE_N % (8 * THREAD_N) == 0 && ((TILE_M / THREAD_M) * (TILE_N / THREAD_N)) * MIN_BLOCKS <= 1024
// warploom: require (THREAD_M * THREAD_N + 2 * THREAD_M + 2 * THREAD_N) + 30 <= min(255, 65536 / (((TILE_M / THREAD_M) * (TILE_N / THREAD_N)) * MIN_BLOCKS))
// warploom: require TILE_M * TILE_K % ((TILE_M / THREAD_M) * (TILE_N / THREAD_N)) == 0
// warploom: require ((TILE_M / THREAD_M) * (TILE_N / THREAD_N)) % TILE_K == 0
// warploom: require TILE_N * TILE_K % (4 * ((TILE_M / THREAD_M) * (TILE_N / THREAD_N))) == 0
// warploom: require (4 * ((TILE_M / THREAD_M) * (TILE_N / THREAD_N))) % TILE_N == 0
// warploom: launch sgemm<<<dim3(ceil_div(n, TILE_N), ceil_div(m, TILE_M)), (TILE_M / THREAD_M) * (TILE_N / THREAD_N), STAGES * TILE_K * ((TILE_M + PAD) * 4 + (TILE_N + PAD) * 4)>>>(a, b, c, m, n, k)

// Copies BYTES into shared memory while the thread goes on; zeros where is_in is false.
template <int BYTES>
static __device__ __forceinline__ void copyAsync(void* to, const void* from, bool is_in)
{
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;"
                 :
                 : "r"(static_cast<unsigned>(__cvta_generic_to_shared(to))), "l"(from), "n"(BYTES), "r"(is_in ? BYTES : 0)
                 : "memory");
}

extern "C" __global__ void __launch_bounds__((TILE_M / THREAD_M) * (TILE_N / THREAD_N), MIN_BLOCKS) sgemm(const float* a, const float* b, float* c, int m, int n, int k)
{
    // A block computes TILE_M x TILE_N elements, a thread THREAD_M x THREAD_N of them in groups of four, and a warp's
    // threads stand 4 down and 8 across. Slices of the factors, TILE_K deep, come through a ring of STAGES buffers; a
    // thread reads what it needs for one step while it multiplies that of the step before.
    constexpr int kThreads = (TILE_M / THREAD_M) * (TILE_N / THREAD_N);
    constexpr int kWarpsAcross = TILE_N / (8 * THREAD_N);
    using LeftTile = float[TILE_K][TILE_M + PAD];
    using RightTile = float[TILE_K][TILE_N + PAD];
    extern __shared__ __align__(16) unsigned char ring[];
    LeftTile* const left_tile = reinterpret_cast<LeftTile*>(ring);
    RightTile* const right_tile = reinterpret_cast<RightTile*>(left_tile + STAGES);
    const int thread = threadIdx.x;
    const int down = thread / 32 / kWarpsAcross * (4 * THREAD_M) + thread % 32 / 8 * 4;
    const int across = thread / 32 % kWarpsAcross * (8 * THREAD_N) + thread % 8 * 4;
    const int first_row = blockIdx.y * TILE_M;
    const int first_column = blockIdx.x * TILE_N;
    float sums[THREAD_M][THREAD_N] = {};
    float left_part[2][THREAD_M];
    float right_part[2][THREAD_N];
    constexpr int left_apart = kThreads / TILE_K;
    const int left_line = thread / TILE_K;
    const int left_along = thread % TILE_K;
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
                copyAsync<4>(&left_tile[stage][left_along][left_line + i * left_apart], left_from + i * left_stride,
                    i * left_apart < left_rest);
            left_from += left_at(0, TILE_K) - left_at(0, 0);
        }
        {
            const int col = first_column + right_along;
            const int p = tile_begin + right_line;
            const auto right_rest = col < n && p < k ? k - p : 0;
            #pragma unroll
            for (int i = 0; i < TILE_K / right_apart; ++i)
                copyAsync<16>(&right_tile[stage][right_line + i * right_apart][right_along], right_from + i * right_stride,
                    i * right_apart < right_rest);
            right_from += right_at(0, TILE_K) - right_at(0, 0);
        }
        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    const auto loadNarrow = [&](int stage, int tile_begin) {
        {
            const int row = first_row + left_line;
            const int p = tile_begin + left_along;
            const auto left_rest = row < m && p < k ? m - row : 0;
            #pragma unroll
            for (int i = 0; i < TILE_M / left_apart; ++i)
                copyAsync<4>(&left_tile[stage][left_along][left_line + i * left_apart], left_from + i * left_stride,
                    i * left_apart < left_rest);
            left_from += left_at(0, TILE_K) - left_at(0, 0);
        }
        #pragma unroll
        for (int i = 0; i < TILE_N * TILE_K / kThreads; ++i) {
            const int item = thread + i * kThreads;
            const int right_line = item / TILE_N;
            const int right_along = item % TILE_N;
            const int col = first_column + right_along;
            const int p = tile_begin + right_line;
            const bool is_in = col < n && p < k;
            copyAsync<4>(&right_tile[stage][right_line][right_along], is_in ? &b[p * n + col] : b, is_in);
        }
        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    const auto read = [&](int buffer, int stage, int step) {
        #pragma unroll
        for (int i = 0; i < THREAD_M; ++i)
            left_part[buffer][i] = left_tile[stage][step][down + i / 4 * 16 + i % 4];
        #pragma unroll
        for (int j = 0; j < THREAD_N; ++j)
            right_part[buffer][j] = right_tile[stage][step][across + j / 4 * 32 + j % 4];
        // Else the compiler moves the reads of a slice's first step to where they are needed.
        asm volatile("" ::: "memory");
    };
    const auto multiply = [&](int buffer) {
        #pragma unroll
        for (int i = 0; i < THREAD_M; ++i)
            #pragma unroll
            for (int j = 0; j < THREAD_N; ++j)
                sums[i][j] += left_part[buffer][i] * right_part[buffer][j];
    };
    if (n % 4 == 0) {
        #pragma unroll
        for (int stage = 0; stage < STAGES - 1; ++stage)
            load(stage, stage * TILE_K);
        asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 2) : "memory");
        __syncthreads();
        read(0, 0, 0);
        int stage = 0;
        for (int tile_begin = 0; tile_begin < k; tile_begin += TILE_K) {
            load(stage == 0 ? STAGES - 1 : stage - 1, tile_begin + (STAGES - 1) * TILE_K);
            #pragma unroll
            for (int step = 0; step < TILE_K; ++step) {
                // The next step is the first of the next slice, once all threads have theirs of it there.
                if (step + 1 == TILE_K) {
                    asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 2) : "memory");
                    __syncthreads();
                    stage = stage + 1 == STAGES ? 0 : stage + 1;
                }
                read((step + 1) % 2, stage, (step + 1) % TILE_K);
                multiply(step % 2);
            }
        }
    } else {
        #pragma unroll
        for (int stage = 0; stage < STAGES - 1; ++stage)
            loadNarrow(stage, stage * TILE_K);
        asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 2) : "memory");
        __syncthreads();
        read(0, 0, 0);
        int stage = 0;
        for (int tile_begin = 0; tile_begin < k; tile_begin += TILE_K) {
            loadNarrow(stage == 0 ? STAGES - 1 : stage - 1, tile_begin + (STAGES - 1) * TILE_K);
            #pragma unroll
            for (int step = 0; step < TILE_K; ++step) {
                // The next step is the first of the next slice, once all threads have theirs of it there.
                if (step + 1 == TILE_K) {
                    asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 2) : "memory");
                    __syncthreads();
                    stage = stage + 1 == STAGES ? 0 : stage + 1;
                }
                read((step + 1) % 2, stage, (step + 1) % TILE_K);
                multiply(step % 2);
            }
        }
    }
    #pragma unroll
    for (int i = 0; i < THREAD_M; ++i) {
        #pragma unroll
        for (int j = 0; j < THREAD_N; ++j) {
            const int row = first_row + down + i / 4 * 16 + i % 4;
            const int col = first_column + across + j / 4 * 32 + j % 4;
            if (row < m && col < n) {
                float sum = sums[i][j];
                c[row * n + col] = sum;
            }
        }
    }
}
