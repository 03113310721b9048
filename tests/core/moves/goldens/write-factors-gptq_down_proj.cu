// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// MLP down projection straight from a 4-bit group-quantized checkpoint, plus the residual connection. qweight packs 8
// consecutive input features of an output feature into one 32-bit word; every group of input features has its own scale
// and zero point. Weights are dequantized on the fly, accumulation is in fp32.
//
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
// warploom: scratch factor_n f16[max(1, words * 8 * features)]
// warploom: launch w4a16_gemm_residual_factor_n<<<dim3(max(1, ceil_div(features, WRITE_BLOCK * 8)), max(1, min(words, 65535))), WRITE_BLOCK>>>(qweight, scales, zeros, words, group_words, features, factor_n)
// warploom: launch w4a16_gemm_residual<<<dim3(ceil_div(features, TILE_N), ceil_div(tokens, TILE_M)), WARPS_M * WARPS_N * 32, max(STAGES * (TILE_M + TILE_N) * TILE_K * 2, WARPS_M * (TILE_N + WARPS_N * 8) * 64)>>>(x, qweight, scales, zeros, residual, y, tokens, words, group_words, features, factor_n)

#include <cuda_fp16.h>
#include <stdint.h>

#define BITS 4
#define PACK_FACTOR (32 / BITS)
#define NIBBLE(word, i) (((word) >> ((i) * BITS)) & ((1u << BITS) - 1u))

__device__ __forceinline__ float dequantize(uint32_t q, float scale, int zero)
{
    return scale * (float)((int)q - zero);
}

// Works out what w4a16_gemm_residual multiplies for each n and each product of its sums, once for all that take it.
// Neighbours in n lie side by side.
extern "C" __global__ void w4a16_gemm_residual_factor_n(
    const uint32_t* __restrict__ qweight, const half* __restrict__ scales, const uint8_t* __restrict__ zeros,
    int K_packed, int group_packed, int N, __half* __restrict__ factor_n)
{
    if (N % 8 == 0) {
        const int first_n = (blockIdx.x * blockDim.x + threadIdx.x) * 8;
        if (first_n >= N)
            return;
        for (int kp = blockIdx.y; kp < K_packed; kp += gridDim.y) {
            __align__(16) uint32_t next_qweight[8];
            __align__(16) half next_scales[8];
            __align__(16) uint8_t next_zeros[8];
            {
                const int n = first_n;
                const size_t g = (size_t)(kp / group_packed) * N + n;
                *reinterpret_cast<uint4*>(next_qweight) = *reinterpret_cast<const uint4*>(&qweight[(size_t)kp * N + n]);
                *reinterpret_cast<uint4*>(next_qweight + 4) = *reinterpret_cast<const uint4*>(&qweight[(size_t)kp * N + n] + 4);
                *reinterpret_cast<uint4*>(next_scales) = *reinterpret_cast<const uint4*>(&scales[g]);
                *reinterpret_cast<uint2*>(next_zeros) = *reinterpret_cast<const uint2*>(&zeros[g]);
            }
            __align__(16) __half factor_n_values[8][8];
            #pragma unroll
            for (int lane = 0; lane < 8; ++lane) {
                const float scale = __half2float(next_scales[lane]);
                const int zero = next_zeros[lane];
                const uint32_t packed = next_qweight[lane];
                #pragma unroll
                for (int i = 0; i < 8; ++i) {
                    const float w = dequantize((((packed) >> ((i) * BITS)) & ((1u << BITS) - 1u)), scale, zero);
                    factor_n_values[i][lane] = __float2half(w);
                }
            }
            #pragma unroll
            for (int at = 0; at < 8; ++at) {
                *reinterpret_cast<uint4*>(&factor_n[(size_t(kp) * 8 + at) * N + first_n]) = *reinterpret_cast<const uint4*>(&factor_n_values[at][0]);
            }
        }
    } else {
        const int first_n = blockIdx.x * blockDim.x * 8 + threadIdx.x;
        for (int n = first_n; n < N && n < first_n + blockDim.x * 8; n += blockDim.x) {
            for (int kp = blockIdx.y; kp < K_packed; kp += gridDim.y) {
                const size_t g = (size_t)(kp / group_packed) * N + n;
                const float scale = __half2float(scales[g]);
                const int zero = zeros[g];
                const uint32_t packed = qweight[(size_t)kp * N + n];
                #pragma unroll
                for (int i = 0; i < 8; ++i) {
                    const float w = dequantize((((packed) >> ((i) * BITS)) & ((1u << BITS) - 1u)), scale, zero);
                    factor_n[(size_t(kp) * 8 + i) * N + n] = __float2half(w);
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

extern "C" __global__ void __launch_bounds__(WARPS_M * WARPS_N * 32, MIN_BLOCKS) w4a16_gemm_residual(const half* __restrict__ x, const uint32_t* __restrict__ qweight,
                                               const half* __restrict__ scales, const uint8_t* __restrict__ zeros,
                                               const half* __restrict__ residual, half* __restrict__ y, int M,
                                               int K_packed, int group_packed, int N, const __half* __restrict__ factor_n)
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
    const bool left_is_wide = (K_packed * 8) % 8 == 0;
    const bool right_is_wide = N % 8 == 0;
    const bool is_copied = (K_packed * 8) % 2 == 0 && N % 2 == 0;
    float sums[kTall][kBroad * 2][4] = {};
    unsigned left_part[2][kTall][4];
    unsigned right_part[2][kBroad][4];
    constexpr int left_apart = kThreads * 8 / TILE_K;
    const int left_line = thread * 8 / TILE_K;
    const int left_along = thread * 8 % TILE_K;
    const auto left_at = [&](int m, int p) { return &x[(size_t)m * K_packed * PACK_FACTOR + p]; };
    auto left_from = left_at(first_row + left_line, left_along);
    const auto left_stride = left_at(left_apart, 0) - left_at(0, 0);
    constexpr int right_apart = kThreads * 8 / TILE_N;
    const int right_line = thread * 8 / TILE_N;
    const int right_along = thread * 8 % TILE_N;
    const auto right_at = [&](int n, int p) { return &factor_n[size_t(p) * N + n]; };
    auto right_from = right_at(first_column + right_along, right_line);
    const auto right_stride = right_at(0, right_apart) - right_at(0, 0);

    const auto load = [&](int stage, int tile_begin) {
        {
            const int m = first_row + left_line;
            const int p = tile_begin + left_along;
            const auto left_rest = m < M && p < K_packed * 8 ? M - m : 0;
            if (left_is_wide) {
                #pragma unroll
                for (int i_2 = 0; i_2 < TILE_M / left_apart; ++i_2)
                    copyAsync(&left_tile[stage][placeInTile<TILE_K>(left_line + i_2 * left_apart, left_along)], left_from + i_2 * left_stride,
                        i_2 * left_apart < left_rest);
            } else {
                const int left_present = left_rest == 0 ? 0 : K_packed * 8 - p < 8 ? static_cast<int>(K_packed * 8 - p) : 8;
                #pragma unroll
                for (int i_2 = 0; i_2 < TILE_M / left_apart; ++i_2)
                    copyPairs(&left_tile[stage][placeInTile<TILE_K>(left_line + i_2 * left_apart, left_along)], left_from + i_2 * left_stride,
                        i_2 * left_apart < left_rest ? left_present : 0);
            }
            left_from += left_at(0, TILE_K) - left_at(0, 0);
        }
        {
            const int n = first_column + right_along;
            const int p = tile_begin + right_line;
            const auto right_rest = n < N && p < K_packed * 8 ? K_packed * 8 - p : 0;
            if (right_is_wide) {
                #pragma unroll
                for (int i_2 = 0; i_2 < TILE_K / right_apart; ++i_2)
                    copyAsync(&right_tile[stage][placeInTile<TILE_N>(right_line + i_2 * right_apart, right_along)], right_from + i_2 * right_stride,
                        i_2 * right_apart < right_rest);
            } else {
                const int right_present = right_rest == 0 ? 0 : N - n < 8 ? static_cast<int>(N - n) : 8;
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
        for (int j = 0; j < kBroad; ++j)
            loadTransposed(right_part[buffer][j], &right_tile[stage][placeInTile<TILE_N>(
                step + lane_2 % 16, across + j * 16 + lane_2 / 16 * 8)]);
    };
    const auto multiply = [&](int buffer) {
        #pragma unroll
        for (int i_2 = 0; i_2 < kTall; ++i_2)
            #pragma unroll
            for (int j = 0; j < kBroad; ++j) {
                const unsigned (&part)[4] = right_part[buffer][j];
                multiplyAdd(sums[i_2][2 * j], left_part[buffer][i_2], part[0], part[1]);
                multiplyAdd(sums[i_2][2 * j + 1], left_part[buffer][i_2], part[2], part[3]);
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
        for (int tile_begin = 0; tile_begin < K_packed * 8; tile_begin += TILE_K) {
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
        for (int tile_begin = 0; tile_begin < K_packed * 8; tile_begin += TILE_K) {
            __syncthreads();
            #pragma unroll 4
            for (int item = thread; item < TILE_M * TILE_K; item += kThreads) {
                const int left_line = item / TILE_K;
                const int left_along = item % TILE_K;
                const int m = first_row + left_line;
                const int p = tile_begin + left_along;
                left_tile[0][placeInTile<TILE_K>(left_line, left_along)] =
                    m < M && p < K_packed * 8 ? x[(size_t)m * K_packed * PACK_FACTOR + p] : half(0.0f);
            }
            #pragma unroll 4
            for (int item = thread; item < TILE_N * TILE_K; item += kThreads) {
                const int right_line = item / TILE_N;
                const int right_along = item % TILE_N;
                const int n = first_column + right_along;
                const int p = tile_begin + right_line;
                right_tile[0][placeInTile<TILE_N>(right_line, right_along)] =
                    n < N && p < K_packed * 8 ? factor_n[size_t(p) * N + n] : __half(0.0f);
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
        for (int j = 0; j < kColumns / 2; ++j)
            lines[j / 2 % 2 * 8 + lane_2 / 4][j / 4 * 8 + lane_2 % 4 * 2 + j % 2] = sums[i_2][j / 4][j % 4];
        __syncwarp();
        if (N % 8 == 0) {
            constexpr int kAhead = kColumns / (2 * 8) % 4 == 0 ? 4 : 1;
            for (int first = lane_2 * 8; first < 16 * kColumns; first += 32 * 8 * kAhead) {
                // Loads of kAhead pieces are under way at the same time.
                __align__(16) half residual_vec[kAhead][8];
                #pragma unroll
                for (int piece = 0; piece < kAhead; ++piece) {
                    const int item = first + piece * 32 * 8;
                    const int m = first_row + down + i_2 * 16 + item / kColumns;
                    const int n = first_column + across + item % kColumns;
                    if (m < M && n < N) {
                        *reinterpret_cast<uint4*>(residual_vec[piece]) = *reinterpret_cast<const uint4*>(&residual[(size_t)m * N + n]);
                    }
                }
                #pragma unroll
                for (int piece = 0; piece < kAhead; ++piece) {
                    const int item = first + piece * 32 * 8;
                    const int m = first_row + down + i_2 * 16 + item / kColumns;
                    const int n = first_column + across + item % kColumns;
                    if (m < M && n < N) {
                        __align__(16) half y_vec[8];
                        #pragma unroll
                        for (int element = 0; element < 8; ++element) {
                            float acc = lines[item / kColumns][item % kColumns + element];
                            y_vec[element] = __float2half(acc + __half2float(residual_vec[piece][element]));
                        }
                        *reinterpret_cast<uint4*>(&y[(size_t)m * N + n]) = *reinterpret_cast<const uint4*>(y_vec);
                    }
                }
            }
        } else {
            #pragma unroll 4
            for (int item = lane_2; item < 16 * kColumns; item += 32) {
                const int m = first_row + down + i_2 * 16 + item / kColumns;
                const int n = first_column + across + item % kColumns;
                if (m < M && n < N) {
                    float acc = lines[item / kColumns][item % kColumns];
                    const size_t idx = (size_t)m * N + n;
                    y[idx] = __float2half(acc + __half2float(residual[idx]));
                }
            }
        }
    }
}
