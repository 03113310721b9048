// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Matrix product with bfloat16, c = a · bᵀ: one thread computes one element of c, in blocks of 16 × 16, and adds in
// float. b holds its columns as rows, as weights of a linear layer are stored.
//
// Neighbouring threads stand in neighbouring rows of b, so each load of a warp touches 16 different places in memory;
// two loads and two conversions stand against one multiply-add, and the tensor cores have nothing to do.
//
// warploom: tune TILE_M = 128 64 256
// warploom: tune TILE_N = 128 64 256
// warploom: tune TILE_K = 32 64 16
// warploom: tune WARPS_M = 2 1 4
// warploom: tune WARPS_N = 2 1 4
// warploom: tune STAGES = 4 3 2 5
// warploom: tune MIN_BLOCKS = 1 2
// warploom: require TILE_M % (WARPS_M * 16) == 0 && TILE_N % (WARPS_N * 16) == 0
// warploom: require TILE_M * TILE_K % (WARPS_M * WARPS_N * 256) == 0
// warploom: require TILE_N * TILE_K % (WARPS_M * WARPS_N * 256) == 0
// warploom: launch bgemm<<<dim3(ceil_div(n, TILE_N), ceil_div(m, TILE_M)), WARPS_M * WARPS_N * 32, STAGES * ((TILE_M) * (TILE_K + 8) + (TILE_N) * (TILE_K + 8)) * 2>>>(a, b, c, m, n, k)

#include <cuda_bf16.h>

// Where something lies in shared memory, as PTX has it.
static __device__ __forceinline__ unsigned sharedAddress(const void* place)
{
    return static_cast<unsigned>(__cvta_generic_to_shared(place));
}

// Copies 16 bytes into shared memory while the thread goes on; zeros where is_in is false.
static __device__ __forceinline__ void copyAsync(void* to, const void* from, bool is_in)
{
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
                 :
                 : "r"(sharedAddress(to)), "l"(from), "r"(is_in ? 16 : 0)
                 : "memory");
}

// Four matrices of 8 x 8 into the registers of a warp: lane i gives the place of row i % 8 of matrix i / 8.
static __device__ __forceinline__ void loadMatrices(unsigned (&parts)[4], const void* row)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(parts[0]), "=r"(parts[1]), "=r"(parts[2]), "=r"(parts[3])
                 : "r"(sharedAddress(row))
                 : "memory");
}

// The same, each matrix transposed.
static __device__ __forceinline__ void loadTransposed(unsigned (&parts)[4], const void* row)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(parts[0]), "=r"(parts[1]), "=r"(parts[2]), "=r"(parts[3])
                 : "r"(sharedAddress(row))
                 : "memory");
}

// By the whole warp: 16 x 8 sums += 16 x 16 of the left times 16 x 8 of the right.
static __device__ __forceinline__ void multiplyAdd(float (&sums)[4], const unsigned (&left)[4], unsigned right_low,
                                                   unsigned right_high)
{
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
                 "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
                 : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]), "r"(right_low), "r"(right_high));
}

extern "C" __global__ void __launch_bounds__(WARPS_M * WARPS_N * 32, MIN_BLOCKS) bgemm(const __nv_bfloat16* a, const __nv_bfloat16* b, __nv_bfloat16* c, int m, int n, int k)
{
    // A block computes TILE_M x TILE_N elements on the tensor cores, each of its WARPS_M x WARPS_N warps a part
    // of them in fragments of 16 x 8. Slices of the factors, TILE_K deep, come through a ring of STAGES buffers, whose
    // lines are 16 bytes longer than needed: eight of them then lie in different banks.
    constexpr int kThreads = WARPS_M * WARPS_N * 32;
    constexpr int kTall = TILE_M / WARPS_M / 16;
    constexpr int kBroad = TILE_N / WARPS_N / 16;
    using LeftTile = __nv_bfloat16[TILE_M][TILE_K + 8];
    using RightTile = __nv_bfloat16[TILE_N][TILE_K + 8];
    extern __shared__ __align__(16) unsigned char ring[];
    LeftTile* const left_tile = reinterpret_cast<LeftTile*>(ring);
    RightTile* const right_tile = reinterpret_cast<RightTile*>(left_tile + STAGES);
    const int thread = threadIdx.x;
    const int lane = thread % 32;
    const int down = thread / 32 / WARPS_N * (TILE_M / WARPS_M);
    const int across = thread / 32 % WARPS_N * (TILE_N / WARPS_N);
    const bool is_left_wide = k % 8 == 0;
    const bool is_right_wide = k % 8 == 0;
    float sums[kTall][kBroad * 2][4] = {};

    const auto load = [&](int stage, int tile_begin) {
        if (is_left_wide) {
            #pragma unroll
            for (int i = 0; i < TILE_M * TILE_K / (8 * kThreads); ++i) {
                const int item = (thread + i * kThreads) * 8;
                const int row = blockIdx.y * TILE_M + item / TILE_K;
                const int p = tile_begin + item % TILE_K;
                const bool is_in = row < m && p < k;
                copyAsync(&left_tile[stage][item / TILE_K][item % TILE_K], is_in ? &a[size_t(row) * k + p] : a, is_in);
            }
        } else {
            for (int item = thread; item < TILE_M * TILE_K; item += kThreads) {
                const int row = blockIdx.y * TILE_M + item / TILE_K;
                const int p = tile_begin + item % TILE_K;
                left_tile[stage][item / TILE_K][item % TILE_K] = row < m && p < k ? a[size_t(row) * k + p] : __nv_bfloat16(0.0f);
            }
        }
        if (is_right_wide) {
            #pragma unroll
            for (int i = 0; i < TILE_N * TILE_K / (8 * kThreads); ++i) {
                const int item = (thread + i * kThreads) * 8;
                const int col = blockIdx.x * TILE_N + item / TILE_K;
                const int p = tile_begin + item % TILE_K;
                const bool is_in = col < n && p < k;
                copyAsync(&right_tile[stage][item / TILE_K][item % TILE_K], is_in ? &b[size_t(col) * k + p] : b, is_in);
            }
        } else {
            for (int item = thread; item < TILE_N * TILE_K; item += kThreads) {
                const int col = blockIdx.x * TILE_N + item / TILE_K;
                const int p = tile_begin + item % TILE_K;
                right_tile[stage][item / TILE_K][item % TILE_K] = col < n && p < k ? b[size_t(col) * k + p] : __nv_bfloat16(0.0f);
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
        for (int step = 0; step < TILE_K; step += 16) {
            unsigned left_part[kTall][4];
            unsigned right_part[kBroad][4];
            #pragma unroll
            for (int i = 0; i < kTall; ++i)
                loadMatrices(left_part[i], &left_tile[stage][down + i * 16 + lane % 16][step + lane / 16 * 8]);
            #pragma unroll
            for (int j = 0; j < kBroad; ++j)
                loadMatrices(right_part[j],
                             &right_tile[stage][across + j * 16 + lane / 16 * 8 + lane % 8][step + lane / 8 % 2 * 8]);
            #pragma unroll
            for (int i = 0; i < kTall; ++i)
                #pragma unroll
                for (int j = 0; j < kBroad; ++j) {
                    multiplyAdd(sums[i][2 * j], left_part[i], right_part[j][0], right_part[j][1]);
                    multiplyAdd(sums[i][2 * j + 1], left_part[i], right_part[j][2], right_part[j][3]);
                }
        }
        stage = stage + 1 == STAGES ? 0 : stage + 1;
    }
    #pragma unroll
    for (int i = 0; i < kTall * 2; ++i) {
        #pragma unroll
        for (int j = 0; j < kBroad * 4; ++j) {
            const int row = blockIdx.y * TILE_M + down + i * 8 + lane / 4;
            const int col = blockIdx.x * TILE_N + across + j / 2 * 8 + lane % 4 * 2 + j % 2;
            if (row < m && col < n) {
                float sum = sums[i / 2][j / 2][i % 2 * 2 + j % 2];
                c[size_t(row) * n + col] = __float2bfloat16(sum);
            }
        }
    }
}
