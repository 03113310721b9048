// warploom: scratch factor_j f16[max(1, w * 8 * n)]
// warploom: launch product_factor_j<<<dim3(max(1, ceil_div(n, WRITE_BLOCK * 8)), max(1, min(w, 65535))), WRITE_BLOCK>>>(q, s, n, w, factor_j)
// warploom: tune WRITE_BLOCK = 256 128 512
// warploom: tune TILE_M = 128 64 256
// warploom: tune TILE_N = 256 128 64
// warploom: tune TILE_K = 64 32
// warploom: tune WARPS_M = 2 1 4
// warploom: tune WARPS_N = 4 2 1
// warploom: tune STAGES = 3 4 2 5
// warploom: tune GROUP = 8 16 4 1
// warploom: tune MIN_BLOCKS = 1 2
// warploom: require TILE_M % (WARPS_M * 16) == 0 && TILE_N % (WARPS_N * 16) == 0 && TILE_K % 32 == 0
// warploom: require TILE_M * TILE_K % (WARPS_M * WARPS_N * 256) == 0
// warploom: require TILE_N * TILE_K % (WARPS_M * WARPS_N * 256) == 0
// warploom: require TILE_M * TILE_N <= 4096 * min(WARPS_M * WARPS_N, 8 / MIN_BLOCKS)
// warploom: launch product<<<dim3(ceil_div(n, TILE_N), ceil_div(m, TILE_M)), WARPS_M * WARPS_N * 32, max(STAGES * (TILE_M + TILE_N) * TILE_K * 2, WARPS_M * (TILE_N + WARPS_N * 8) * 64)>>>(a, q, s, l, c, m, n, w, g, factor_j)
#include <cuda_fp16.h>
__device__ float unpacked(unsigned word, int at) { return float(int(word >> (4 * at) & 15) - 8); }
__device__ unsigned counted(unsigned* word) { return (*word)++; }
__constant__ float levels[16] = {0};
// Works out what product multiplies for each j and each product of its sums, once for all that take it.
// Neighbours in j lie side by side.
extern "C" __global__ void product_factor_j(
    const unsigned* q, float* s, int n, int w, __half* __restrict__ factor_j)
{
    if (n % 8 == 0) {
        const int first_j = (blockIdx.x * blockDim.x + threadIdx.x) * 8;
        if (first_j >= n)
            return;
        for (int kp = blockIdx.y; kp < w; kp += gridDim.y) {
            __align__(16) unsigned int next_q[8];
            __align__(16) float next_s[8];
            {
                const int j = first_j;
                *reinterpret_cast<uint4*>(next_q) = *reinterpret_cast<const uint4*>(&q[kp * n + j]);
                *reinterpret_cast<uint4*>(next_q + 4) = *reinterpret_cast<const uint4*>(&q[kp * n + j] + 4);
                *reinterpret_cast<uint4*>(next_s) = *reinterpret_cast<const uint4*>(&s[kp * n + j]);
                *reinterpret_cast<uint4*>(next_s + 4) = *reinterpret_cast<const uint4*>(&s[kp * n + j] + 4);
            }
            __align__(16) __half factor_j_values[8][8];
            #pragma unroll
            for (int lane = 0; lane < 8; ++lane) {
                const unsigned word = next_q[lane];
                const float scale = next_s[lane];
                #pragma unroll
                for (int t = 0; t < 8; ++t) {
                    factor_j_values[t][lane] = __float2half(unpacked(word, t) * scale);
                }
            }
            #pragma unroll
            for (int at_2 = 0; at_2 < 8; ++at_2) {
                *reinterpret_cast<uint4*>(&factor_j[(size_t(kp) * 8 + at_2) * n + first_j]) = *reinterpret_cast<const uint4*>(&factor_j_values[at_2][0]);
            }
        }
    } else {
        const int first_j = blockIdx.x * blockDim.x * 8 + threadIdx.x;
        for (int j = first_j; j < n && j < first_j + blockDim.x * 8; j += blockDim.x) {
            for (int kp = blockIdx.y; kp < w; kp += gridDim.y) {
                const unsigned word = q[kp * n + j];
                const float scale = s[kp * n + j];
                #pragma unroll
                for (int t = 0; t < 8; ++t) {
                    factor_j[(size_t(kp) * 8 + t) * n + j] = __float2half(unpacked(word, t) * scale);
                }
            }
        }
    }
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

// The same of the first so many of 8 elements, two at a time: for lines that begin on a boundary of 4 bytes only.
static __device__ __forceinline__ void copyPairs(void* to, const void* from, int present)
{
    #pragma unroll
    for (int pair = 0; pair < 4; ++pair)
        asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;"
                     :
                     : "r"(sharedAddress(to) + pair * 4), "l"(static_cast<const char*>(from) + pair * 4),
                       "r"(pair * 2 < present ? 4 : 0)
                     : "memory");
}

// Where an element lies in a tile with lines of WIDTH: pieces of 16 bytes change places, so that those below each other in
// eight lines are in different banks.
template <int WIDTH>
static __device__ __forceinline__ int placeInTile(int line, int element)
{
    constexpr int kPieces = WIDTH < 64 ? WIDTH / 8 : 8;
    return line * WIDTH + ((element / 8) ^ (line / (8 / kPieces) % kPieces)) * 8 + element % 8;
}

// By the whole warp: 16 x 8 sums += 16 x 16 of the left times 16 x 8 of the right.
static __device__ __forceinline__ void multiplyAdd(float (&sums)[4], const unsigned (&left)[4], unsigned right_low,
                                                   unsigned right_high)
{
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
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

// Four matrices of 8 x 8, each transposed, into the registers of a warp: lane i gives the place of row i % 8 of matrix i / 8.
static __device__ __forceinline__ void loadTransposed(unsigned (&parts)[4], const void* row)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(parts[0]), "=r"(parts[1]), "=r"(parts[2]), "=r"(parts[3])
                 : "r"(sharedAddress(row))
                 : "memory");
}

extern "C" __global__ void __launch_bounds__(WARPS_M * WARPS_N * 32, MIN_BLOCKS) product(const half* a, const unsigned* q, float* s, const float* l, float* c, int m, int n,
                                   int w, int g, const __half* __restrict__ factor_j)
{
    // A block computes TILE_M x TILE_N elements on the tensor cores, each of its WARPS_M x WARPS_N warps a part
    // of them in fragments of 16 x 8. Slices of the factors, TILE_K deep, come through a ring of STAGES buffers. The
    // fragments of a step are read while those of the step before are multiplied.
    constexpr int kThreads = WARPS_M * WARPS_N * 32;
    constexpr int kTall = TILE_M / WARPS_M / 16;
    constexpr int kBroad = TILE_N / WARPS_N / 16;
    using LeftTile = half[TILE_M * TILE_K];
    using RightTile = __half[TILE_N * TILE_K];
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
    const bool left_is_wide = (w * 8) % 8 == 0;
    const bool right_is_wide = n % 8 == 0;
    const bool is_copied = (w * 8) % 2 == 0 && n % 2 == 0;
    float sums[kTall][kBroad * 2][4] = {};
    unsigned left_part[2][kTall][4];
    unsigned right_part[2][kBroad][4];
    constexpr int left_apart = kThreads * 8 / TILE_K;
    const int left_line = thread * 8 / TILE_K;
    const int left_along = thread * 8 % TILE_K;
    const auto left_at = [&](int i, int p) { return &a[i * 8 * w + p]; };
    auto left_from = left_at(first_row + left_line, left_along);
    const auto left_stride = left_at(left_apart, 0) - left_at(0, 0);
    constexpr int right_apart = kThreads * 8 / TILE_N;
    const int right_line = thread * 8 / TILE_N;
    const int right_along = thread * 8 % TILE_N;
    const auto right_at = [&](int j, int p) { return &factor_j[size_t(p) * n + j]; };
    auto right_from = right_at(first_column + right_along, right_line);
    const auto right_stride = right_at(0, right_apart) - right_at(0, 0);

    const auto load = [&](int stage, int tile_begin) {
        {
            const int i = first_row + left_line;
            const int p = tile_begin + left_along;
            const auto left_rest = i < m && p < w * 8 ? m - i : 0;
            if (left_is_wide) {
                #pragma unroll
                for (int i_2 = 0; i_2 < TILE_M / left_apart; ++i_2)
                    copyAsync(&left_tile[stage][placeInTile<TILE_K>(left_line + i_2 * left_apart, left_along)], left_from + i_2 * left_stride,
                        i_2 * left_apart < left_rest);
            } else {
                const int left_present = left_rest == 0 ? 0 : w * 8 - p < 8 ? static_cast<int>(w * 8 - p) : 8;
                #pragma unroll
                for (int i_2 = 0; i_2 < TILE_M / left_apart; ++i_2)
                    copyPairs(&left_tile[stage][placeInTile<TILE_K>(left_line + i_2 * left_apart, left_along)], left_from + i_2 * left_stride,
                        i_2 * left_apart < left_rest ? left_present : 0);
            }
            left_from += left_at(0, TILE_K) - left_at(0, 0);
        }
        {
            const int j = first_column + right_along;
            const int p = tile_begin + right_line;
            const auto right_rest = j < n && p < w * 8 ? w * 8 - p : 0;
            if (right_is_wide) {
                #pragma unroll
                for (int i_2 = 0; i_2 < TILE_K / right_apart; ++i_2)
                    copyAsync(&right_tile[stage][placeInTile<TILE_N>(right_line + i_2 * right_apart, right_along)], right_from + i_2 * right_stride,
                        i_2 * right_apart < right_rest);
            } else {
                const int right_present = right_rest == 0 ? 0 : n - j < 8 ? static_cast<int>(n - j) : 8;
                #pragma unroll
                for (int i_2 = 0; i_2 < TILE_K / right_apart; ++i_2)
                    copyPairs(&right_tile[stage][placeInTile<TILE_N>(right_line + i_2 * right_apart, right_along)], right_from + i_2 * right_stride,
                        i_2 * right_apart < right_rest ? right_present : 0);
            }
            right_from += right_at(0, TILE_K) - right_at(0, 0);
        }
        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    const auto read = [&](int buffer, int stage, int step) {
        #pragma unroll
        for (int i_2 = 0; i_2 < kTall; ++i_2)
            loadMatrices(left_part[buffer][i_2], &left_tile[stage][placeInTile<TILE_K>(
                down + i_2 * 16 + lane_2 % 16, step + lane_2 / 16 * 8)]);
        #pragma unroll
        for (int j_2 = 0; j_2 < kBroad; ++j_2)
            loadTransposed(right_part[buffer][j_2], &right_tile[stage][placeInTile<TILE_N>(
                step + lane_2 % 16, across + j_2 * 16 + lane_2 / 16 * 8)]);
    };
    const auto multiply = [&](int buffer) {
        #pragma unroll
        for (int i_2 = 0; i_2 < kTall; ++i_2)
            #pragma unroll
            for (int j_2 = 0; j_2 < kBroad; ++j_2) {
                const unsigned (&part)[4] = right_part[buffer][j_2];
                multiplyAdd(sums[i_2][2 * j_2], left_part[buffer][i_2], part[0], part[1]);
                multiplyAdd(sums[i_2][2 * j_2 + 1], left_part[buffer][i_2], part[2], part[3]);
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
        for (int tile_begin = 0; tile_begin < w * 8; tile_begin += TILE_K) {
            load(stage == 0 ? STAGES - 1 : stage - 1, tile_begin + (STAGES - 1) * TILE_K);
            #pragma unroll
            for (int step = 0; step < TILE_K; step += 16) {
                // The next step is the first of the next slice, once all threads have theirs of it there.
                if (step + 16 == TILE_K) {
                    asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 2) : "memory");
                    __syncthreads();
                    stage = stage + 1 == STAGES ? 0 : stage + 1;
                }
                read(step / 16 % 2 ^ 1, stage, (step + 16) % TILE_K);
                multiply(step / 16 % 2);
            }
        }
        asm volatile("cp.async.wait_all;" ::: "memory");
    } else {
        for (int tile_begin = 0; tile_begin < w * 8; tile_begin += TILE_K) {
            __syncthreads();
            #pragma unroll 4
            for (int item = thread; item < TILE_M * TILE_K; item += kThreads) {
                const int left_line = item / TILE_K;
                const int left_along = item % TILE_K;
                const int i = first_row + left_line;
                const int p = tile_begin + left_along;
                left_tile[0][placeInTile<TILE_K>(left_line, left_along)] =
                    i < m && p < w * 8 ? a[i * 8 * w + p] : half(0.0f);
            }
            #pragma unroll 4
            for (int item = thread; item < TILE_N * TILE_K; item += kThreads) {
                const int right_line = item / TILE_N;
                const int right_along = item % TILE_N;
                const int j = first_column + right_along;
                const int p = tile_begin + right_line;
                right_tile[0][placeInTile<TILE_N>(right_line, right_along)] =
                    j < n && p < w * 8 ? factor_j[size_t(p) * n + j] : __half(0.0f);
            }
            __syncthreads();
            #pragma unroll
            for (int step = 0; step < TILE_K; step += 16) {
                read(0, 0, step);
                multiply(0);
            }
        }
    }
    // Through shared memory, 16 rows of each warp at a time, so that neighbouring lanes store neighbouring columns.
    constexpr int kColumns = TILE_N / WARPS_N;
    using Lines = float[16][kColumns + 8];
    Lines& lines = reinterpret_cast<Lines*>(ring)[thread / 32];
    __syncthreads();
    #pragma unroll
    for (int i_2 = 0; i_2 < kTall; ++i_2) {
        __syncwarp();
        #pragma unroll
        for (int j_2 = 0; j_2 < kColumns / 2; ++j_2)
            lines[j_2 / 2 % 2 * 8 + lane_2 / 4][j_2 / 4 * 8 + lane_2 % 4 * 2 + j_2 % 2] = sums[i_2][j_2 / 4][j_2 % 4];
        __syncwarp();
        if (n % 4 == 0) {
            #pragma unroll 4
            for (int item = lane_2 * 4; item < 16 * kColumns; item += 32 * 4) {
                const int i = first_row + down + i_2 * 16 + item / kColumns;
                const int j = first_column + across + item % kColumns;
                if (i < m && j < n) {
                    __align__(16) float c_vec[4];
                    #pragma unroll
                    for (int element = 0; element < 4; ++element) {
                        float sum = lines[item / kColumns][item % kColumns + element];
                        c_vec[element] = sum;
                    }
                    *reinterpret_cast<float4*>(&c[i * n + j]) = *reinterpret_cast<const float4*>(c_vec);
                }
            }
        } else {
            #pragma unroll 4
            for (int item = lane_2; item < 16 * kColumns; item += 32) {
                const int i = first_row + down + i_2 * 16 + item / kColumns;
                const int j = first_column + across + item % kColumns;
                if (i < m && j < n) {
                    float sum = lines[item / kColumns][item % kColumns];
                    c[i * n + j] = sum;
                }
            }
        }
    }
}
