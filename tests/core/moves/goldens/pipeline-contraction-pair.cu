// warploom: tune TILE_M = 128 64 256 32
// warploom: tune TILE_N = 128 64 256 32
// warploom: tune TILE_K = 8 16 32
// warploom: tune THREAD_M = 8 4
// warploom: tune THREAD_N = 8 4 16
// warploom: tune PAD = 4 0 8
// warploom: tune STAGES = 4 3 2
// warploom: tune MIN_BLOCKS = 1 2
// warploom: require TILE_M % (4 * THREAD_M) == 0 && TILE_N % (8 * THREAD_N) == 0 && ((TILE_M / THREAD_M) * (TILE_N / THREAD_N)) * MIN_BLOCKS <= 1024
// warploom: require (2 * THREAD_M * THREAD_N + 2 * THREAD_M + 4 * THREAD_N) + 30 <= min(255, 65536 / (((TILE_M / THREAD_M) * (TILE_N / THREAD_N)) * MIN_BLOCKS))
// warploom: require TILE_M * TILE_K % ((TILE_M / THREAD_M) * (TILE_N / THREAD_N)) == 0
// warploom: require ((TILE_M / THREAD_M) * (TILE_N / THREAD_N)) % TILE_K == 0
// warploom: require TILE_N * TILE_K % ((TILE_M / THREAD_M) * (TILE_N / THREAD_N)) == 0
// warploom: require ((TILE_M / THREAD_M) * (TILE_N / THREAD_N)) % TILE_K == 0
// warploom: require TILE_N * TILE_K % (4 * ((TILE_M / THREAD_M) * (TILE_N / THREAD_N))) == 0
// warploom: require (4 * ((TILE_M / THREAD_M) * (TILE_N / THREAD_N))) % TILE_N == 0
// warploom: launch g<<<dim3(ceil_div(n, TILE_N), ceil_div(m, TILE_M)), (TILE_M / THREAD_M) * (TILE_N / THREAD_N), STAGES * TILE_K * ((TILE_M + PAD) * 4 + 2 * (TILE_N + PAD) * 4)>>>(a, b, u, v, c, m, n, k)
// Copies BYTES into shared memory while the thread goes on; zeros where is_in is false.
template <int BYTES>
static __device__ __forceinline__ void copyAsync(void* to, const void* from, bool is_in)
{
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;"
                 :
                 : "r"(static_cast<unsigned>(__cvta_generic_to_shared(to))), "l"(from), "n"(BYTES), "r"(is_in ? BYTES : 0)
                 : "memory");
}

__global__ void __launch_bounds__((TILE_M / THREAD_M) * (TILE_N / THREAD_N), MIN_BLOCKS) g(const float* a, const float* b, const float* u, const float* v, float* c, int m, int n, int k)
{
    // A block computes TILE_M x TILE_N elements, a thread THREAD_M x THREAD_N of them in groups of four, and a warp's
    // threads stand 4 down and 8 across. Slices of the factors, TILE_K deep, come through a ring of STAGES buffers; a
    // thread reads what it needs for one step while it multiplies that of the step before.
    // An element has 2 sums (gate, up): a factor that several take comes once for all of them.
    constexpr int kThreads = (TILE_M / THREAD_M) * (TILE_N / THREAD_N);
    constexpr int kWarpsAcross = TILE_N / (8 * THREAD_N);
    using LeftTile = float[TILE_K][TILE_M + PAD];
    using RightTile = float[TILE_K][TILE_N + PAD];
    extern __shared__ __align__(16) unsigned char ring[];
    LeftTile* const left_tile = reinterpret_cast<LeftTile*>(ring);
    RightTile* const right_tile_gate = reinterpret_cast<RightTile*>(left_tile + STAGES);
    RightTile* const right_tile_up = reinterpret_cast<RightTile*>(right_tile_gate + STAGES);
    const int thread = threadIdx.x;
    const int down = thread / 32 / kWarpsAcross * (4 * THREAD_M) + thread % 32 / 8 * 4;
    const int across = thread / 32 % kWarpsAcross * (8 * THREAD_N) + thread % 8 * 4;
    const int first_row = blockIdx.y * TILE_M;
    const int first_column = blockIdx.x * TILE_N;
    float sums_gate[THREAD_M][THREAD_N] = {};
    float sums_up[THREAD_M][THREAD_N] = {};
    float left_part[2][THREAD_M];
    float right_part_gate[2][THREAD_N];
    float right_part_up[2][THREAD_N];
    constexpr int left_apart = kThreads / TILE_K;
    const int left_line = thread / TILE_K;
    const int left_along = thread % TILE_K;
    const auto left_at = [&](int i, int p) { return &a[i * k + p]; };
    auto left_from = left_at(first_row + left_line, left_along);
    const auto left_stride = left_at(left_apart, 0) - left_at(0, 0);
    constexpr int right_apart_gate = kThreads / TILE_K;
    const int right_line_gate = thread / TILE_K;
    const int right_along_gate = thread % TILE_K;
    const auto right_at_gate = [&](int j, int p) { return &u[j * k + p]; };
    auto right_from_gate = right_at_gate(first_column + right_line_gate, right_along_gate);
    const auto right_stride_gate = right_at_gate(right_apart_gate, 0) - right_at_gate(0, 0);
    constexpr int right_apart_up = kThreads * 4 / TILE_N;
    const int right_line_up = thread * 4 / TILE_N;
    const int right_along_up = thread * 4 % TILE_N;
    const auto right_at_up = [&](int j, int p) { return &v[p * n + j]; };
    auto right_from_up = right_at_up(first_column + right_along_up, right_line_up);
    const auto right_stride_up = right_at_up(0, right_apart_up) - right_at_up(0, 0);

    const auto load = [&](int stage, int tile_begin) {
        {
            const int i = first_row + left_line;
            const int p = tile_begin + left_along;
            const auto left_rest = i < m && p < k ? m - i : 0;
            #pragma unroll
            for (int i_2 = 0; i_2 < TILE_M / left_apart; ++i_2)
                copyAsync<4>(&left_tile[stage][left_along][left_line + i_2 * left_apart], left_from + i_2 * left_stride,
                    i_2 * left_apart < left_rest);
            left_from += left_at(0, TILE_K) - left_at(0, 0);
        }
        {
            const int j = first_column + right_line_gate;
            const int p = tile_begin + right_along_gate;
            const auto right_rest_gate = j < n && p < k ? n - j : 0;
            #pragma unroll
            for (int i_2 = 0; i_2 < TILE_N / right_apart_gate; ++i_2)
                copyAsync<4>(&right_tile_gate[stage][right_along_gate][right_line_gate + i_2 * right_apart_gate], right_from_gate + i_2 * right_stride_gate,
                    i_2 * right_apart_gate < right_rest_gate);
            right_from_gate += right_at_gate(0, TILE_K) - right_at_gate(0, 0);
        }
        {
            const int j = first_column + right_along_up;
            const int p = tile_begin + right_line_up;
            const auto right_rest_up = j < n && p < k ? k - p : 0;
            #pragma unroll
            for (int i_2 = 0; i_2 < TILE_K / right_apart_up; ++i_2)
                copyAsync<16>(&right_tile_up[stage][right_line_up + i_2 * right_apart_up][right_along_up], right_from_up + i_2 * right_stride_up,
                    i_2 * right_apart_up < right_rest_up);
            right_from_up += right_at_up(0, TILE_K) - right_at_up(0, 0);
        }
        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    const auto loadNarrow = [&](int stage, int tile_begin) {
        {
            const int i = first_row + left_line;
            const int p = tile_begin + left_along;
            const auto left_rest = i < m && p < k ? m - i : 0;
            #pragma unroll
            for (int i_2 = 0; i_2 < TILE_M / left_apart; ++i_2)
                copyAsync<4>(&left_tile[stage][left_along][left_line + i_2 * left_apart], left_from + i_2 * left_stride,
                    i_2 * left_apart < left_rest);
            left_from += left_at(0, TILE_K) - left_at(0, 0);
        }
        {
            const int j = first_column + right_line_gate;
            const int p = tile_begin + right_along_gate;
            const auto right_rest_gate = j < n && p < k ? n - j : 0;
            #pragma unroll
            for (int i_2 = 0; i_2 < TILE_N / right_apart_gate; ++i_2)
                copyAsync<4>(&right_tile_gate[stage][right_along_gate][right_line_gate + i_2 * right_apart_gate], right_from_gate + i_2 * right_stride_gate,
                    i_2 * right_apart_gate < right_rest_gate);
            right_from_gate += right_at_gate(0, TILE_K) - right_at_gate(0, 0);
        }
        #pragma unroll
        for (int i_2 = 0; i_2 < TILE_N * TILE_K / kThreads; ++i_2) {
            const int item = thread + i_2 * kThreads;
            const int right_line_up = item / TILE_N;
            const int right_along_up = item % TILE_N;
            const int j = first_column + right_along_up;
            const int p = tile_begin + right_line_up;
            const bool is_in = j < n && p < k;
            copyAsync<4>(&right_tile_up[stage][right_line_up][right_along_up], is_in ? &v[p * n + j] : v, is_in);
        }
        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    const auto read = [&](int buffer, int stage, int step) {
        #pragma unroll
        for (int i_2 = 0; i_2 < THREAD_M; ++i_2)
            left_part[buffer][i_2] = left_tile[stage][step][down + i_2 / 4 * 16 + i_2 % 4];
        #pragma unroll
        for (int j_2 = 0; j_2 < THREAD_N; ++j_2)
            right_part_gate[buffer][j_2] = right_tile_gate[stage][step][across + j_2 / 4 * 32 + j_2 % 4];
        #pragma unroll
        for (int j_2 = 0; j_2 < THREAD_N; ++j_2)
            right_part_up[buffer][j_2] = right_tile_up[stage][step][across + j_2 / 4 * 32 + j_2 % 4];
        // Else the compiler moves the reads of a slice's first step to where they are needed.
        asm volatile("" ::: "memory");
    };
    const auto multiply = [&](int buffer) {
        #pragma unroll
        for (int i_2 = 0; i_2 < THREAD_M; ++i_2)
            #pragma unroll
            for (int j_2 = 0; j_2 < THREAD_N; ++j_2) {
                sums_gate[i_2][j_2] += left_part[buffer][i_2] * right_part_gate[buffer][j_2];
                sums_up[i_2][j_2] += left_part[buffer][i_2] * right_part_up[buffer][j_2];
            }
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
    for (int i_2 = 0; i_2 < THREAD_M; ++i_2) {
        #pragma unroll
        for (int j_2 = 0; j_2 < THREAD_N; ++j_2) {
            const int i = first_row + down + i_2 / 4 * 16 + i_2 % 4;
            const int j = first_column + across + j_2 / 4 * 32 + j_2 % 4;
            if (i < m && j < n) {
                float gate = sums_gate[i_2][j_2];
                float up = sums_up[i_2][j_2];
                c[i * n + j] = gate / (1 + expf(-gate)) * up;
            }
        }
    }
}
