// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Matrix product c = a · b, all row-major: one thread computes one element of c, in blocks of 16 × 16.
//
// Each element of a is loaded n times and each of b m times; two loads stand against one multiply-add.
//
// warploom: tune TILE_M = 128 64 256 32
// warploom: tune TILE_N = 128 64 256 32
// warploom: tune TILE_K = 16 8 32
// warploom: tune THREAD_M = 8 4 16
// warploom: tune THREAD_N = 8 4 16
// warploom: tune PAD = 4 0 8
// warploom: tune STAGES = 2 3 4
// warploom: tune MIN_BLOCKS = 2 1 3
// warploom: require ((TILE_M / THREAD_M) * (TILE_N / THREAD_N)) >= 32 && ((TILE_M / THREAD_M) * (TILE_N / THREAD_N)) * MIN_BLOCKS <= 1024
// warploom: require TILE_M * TILE_K % ((TILE_M / THREAD_M) * (TILE_N / THREAD_N)) == 0
// warploom: require TILE_N * TILE_K % (4 * ((TILE_M / THREAD_M) * (TILE_N / THREAD_N))) == 0
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
    // A block computes TILE_M x TILE_N elements, a thread THREAD_M x THREAD_N of them in groups of four. Slices of
    // the factors, TILE_K deep, come through a ring of STAGES buffers and are copied while older ones are multiplied.
    constexpr int kThreads = (TILE_M / THREAD_M) * (TILE_N / THREAD_N);
    using LeftTile = float[TILE_K][TILE_M + PAD];
    using RightTile = float[TILE_K][TILE_N + PAD];
    extern __shared__ __align__(16) unsigned char ring[];
    LeftTile* const left_tile = reinterpret_cast<LeftTile*>(ring);
    RightTile* const right_tile = reinterpret_cast<RightTile*>(left_tile + STAGES);
    const int thread = threadIdx.x;
    const int down = thread / (TILE_N / THREAD_N) * 4;
    const int across = thread % (TILE_N / THREAD_N) * 4;
    const bool is_right_wide = n % 4 == 0;
    float sums[THREAD_M][THREAD_N] = {};

    const auto load = [&](int stage, int tile_begin) {
        #pragma unroll
        for (int i = 0; i < TILE_M * TILE_K / kThreads; ++i) {
            const int item = thread + i * kThreads;
            const int row = blockIdx.y * TILE_M + item / TILE_K;
            const int p = tile_begin + item % TILE_K;
            const bool is_in = row < m && p < k;
            copyAsync<4>(&left_tile[stage][item % TILE_K][item / TILE_K], is_in ? &a[row * k + p] : a, is_in);
        }
        if (is_right_wide) {
            #pragma unroll
            for (int i = 0; i < TILE_N * TILE_K / (4 * kThreads); ++i) {
                const int item = (thread + i * kThreads) * 4;
                const int col = blockIdx.x * TILE_N + item % TILE_N;
                const int p = tile_begin + item / TILE_N;
                const bool is_in = col < n && p < k;
                copyAsync<16>(&right_tile[stage][item / TILE_N][item % TILE_N], is_in ? &b[p * n + col] : b, is_in);
            }
        } else {
            #pragma unroll
            for (int i = 0; i < TILE_N * TILE_K / kThreads; ++i) {
                const int item = thread + i * kThreads;
                const int col = blockIdx.x * TILE_N + item % TILE_N;
                const int p = tile_begin + item / TILE_N;
                const bool is_in = col < n && p < k;
                copyAsync<4>(&right_tile[stage][item / TILE_N][item % TILE_N], is_in ? &b[p * n + col] : b, is_in);
            }
        }
        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    #pragma unroll
    for (int stage = 0; stage < STAGES - 1; ++stage)
        load(stage, stage * TILE_K);
    int stage = 0;
    for (int tile_begin = 0; tile_begin < k; tile_begin += TILE_K) {
        asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 2) : "memory");
        __syncthreads();
        load(stage == 0 ? STAGES - 1 : stage - 1, tile_begin + (STAGES - 1) * TILE_K);
        #pragma unroll
        for (int step = 0; step < TILE_K; ++step) {
            float left_part[THREAD_M];
            float right_part[THREAD_N];
            #pragma unroll
            for (int i = 0; i < THREAD_M; ++i)
                left_part[i] = left_tile[stage][step][i / 4 * (TILE_M / THREAD_M * 4) + down + i % 4];
            #pragma unroll
            for (int j = 0; j < THREAD_N; ++j)
                right_part[j] = right_tile[stage][step][j / 4 * (TILE_N / THREAD_N * 4) + across + j % 4];
            #pragma unroll
            for (int i = 0; i < THREAD_M; ++i)
                #pragma unroll
                for (int j = 0; j < THREAD_N; ++j)
                    sums[i][j] += left_part[i] * right_part[j];
        }
        stage = stage + 1 == STAGES ? 0 : stage + 1;
    }
    #pragma unroll
    for (int i = 0; i < THREAD_M; ++i) {
        #pragma unroll
        for (int j = 0; j < THREAD_N; ++j) {
            const int row = blockIdx.y * TILE_M + i / 4 * (TILE_M / THREAD_M * 4) + down + i % 4;
            const int col = blockIdx.x * TILE_N + j / 4 * (TILE_N / THREAD_N * 4) + across + j % 4;
            if (row < m && col < n) {
                float sum = sums[i][j];
                c[row * n + col] = sum;
            }
        }
    }
}
