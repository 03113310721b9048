// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// MLP down projection straight from a 4-bit group-quantized checkpoint, plus the residual connection. qweight packs 8
// consecutive input features of an output feature into one 32-bit word; every group of input features has its own scale
// and zero point. Weights are dequantized on the fly, accumulation is in fp32.
//
// warploom: tune WRITE_BLOCK = 256 128 512
// warploom: tune TILE_M = 128 256 64
// warploom: tune TILE_N = 128 256
// warploom: tune WARPGROUPS = 2 1 4
// warploom: tune STAGES = 4 3 5 6
// warploom: tune GROUP = 8 16 4 1
// warploom: tune MIN_BLOCKS = 1 2
// warploom: require TILE_M % (WARPGROUPS * 64) == 0 && STAGES >= 3
// warploom: require (STAGES * (TILE_M + 2 * TILE_N) * 128 + 1024) * MIN_BLOCKS <= 233472
// warploom: require TILE_M * TILE_N <= 16384 * min(WARPGROUPS, 2 / MIN_BLOCKS)
// warploom: scratch factor_n f16[max(1, words * 8 * features)]
// warploom: scratch factor_n_low f16[max(1, words * 8 * features)]
// warploom: launch w4a16_gemm_residual_factor_n<<<dim3(max(1, ceil_div(features, WRITE_BLOCK * 8)), max(1, min(words, 65535))), WRITE_BLOCK>>>(qweight, scales, zeros, words, group_words, features, factor_n, factor_n_low)
// warploom: launch w4a16_gemm_residual<<<dim3(ceil_div(features, TILE_N), ceil_div(tokens, TILE_M)), WARPGROUPS * 128, max(STAGES * (TILE_M + 2 * TILE_N) * 128, WARPGROUPS * (TILE_N + 8) * 256)>>>(x, qweight, scales, zeros, residual, y, tokens, words, group_words, features, factor_n, factor_n_low)

#include <cuda_fp16.h>
#include <stdint.h>

#define BITS 4
#define PACK_FACTOR (32 / BITS)
#define NIBBLE(word, i) (((word) >> ((i) * BITS)) & ((1u << BITS) - 1u))

__device__ __forceinline__ float dequantize(uint32_t q, float scale, int zero)
{
    return scale * (float)((int)q - zero);
}

// What the nearest __half leaves of a factor, as another: the factor is the sum of both. Together they
// have 22 bits of it, which is all of a half times a small integer. A half's smallest step is 2^-24: what lies
// below 2^-2 may be off by half of that. Beyond 65504 the first is an infinity, as a half alone would be.
static __device__ __forceinline__ __half lowPart(float factor)
{
    const float rest = factor - __half2float(__float2half(factor));
    // What is no number, or is rounded to an infinity, leaves nothing.
    return __float2half(fabsf(rest) <= 3.4e38f ? rest : 0.0f);
}

// Works out what w4a16_gemm_residual multiplies for each n and each product of its sums, once for all that take it.
// Neighbours in n lie side by side.
extern "C" __global__ void w4a16_gemm_residual_factor_n(
    const uint32_t* __restrict__ qweight, const half* __restrict__ scales, const uint8_t* __restrict__ zeros,
    int K_packed, int group_packed, int N, __half* __restrict__ factor_n, __half* __restrict__ factor_n_low)
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
            __align__(16) __half factor_n_low_values[8][8];
            #pragma unroll
            for (int lane = 0; lane < 8; ++lane) {
                const float scale = __half2float(next_scales[lane]);
                const int zero = next_zeros[lane];
                const uint32_t packed = next_qweight[lane];
                #pragma unroll
                for (int i = 0; i < 8; ++i) {
                    const float w = dequantize((((packed) >> ((i) * BITS)) & ((1u << BITS) - 1u)), scale, zero);
                    factor_n_values[i][lane] = __float2half(w);
                    factor_n_low_values[i][lane] = lowPart(w);
                }
            }
            #pragma unroll
            for (int at = 0; at < 8; ++at) {
                *reinterpret_cast<uint4*>(&factor_n[(size_t(kp) * 8 + at) * N + first_n]) = *reinterpret_cast<const uint4*>(&factor_n_values[at][0]);
                *reinterpret_cast<uint4*>(&factor_n_low[(size_t(kp) * 8 + at) * N + first_n]) = *reinterpret_cast<const uint4*>(&factor_n_low_values[at][0]);
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
                    factor_n_low[(size_t(kp) * 8 + i) * N + n] = lowPart(w);
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

// Where an element lies in a tile: panels of LINES lines of 64 elements, in which pieces of 16 bytes change places with the
// line, as the tensor cores expect it of tiles that are swizzled by 128 bytes.
template <int LINES>
static __device__ __forceinline__ int placeInTile(int line, int element)
{
    return element / 64 * (LINES * 64) + line * 64 + ((element % 64 / 8) ^ (line % 8)) * 8 + element % 8;
}

// How the tensor cores find a tile: eight lines take 1024 bytes, the next panel begins panel_bytes on.
static __device__ __forceinline__ unsigned long long descriptorOf(const void* tile, unsigned panel_bytes)
{
    const unsigned long long address = (sharedAddress(tile) & 0x3FFFF) >> 4;
    return address | (panel_bytes >> 4) << 16 | 1024ull >> 4 << 32 | 1ull << 62;
}

// By four warps: 64 x 256 sums += 64 x 16 of the left times 16 x 256 of the right, both in shared memory.
[[maybe_unused]] static __device__ __forceinline__ void multiplyAdd(float (&sums)[128], unsigned long long left,
                                                   unsigned long long right)
{
    asm volatile("{\n.reg .pred adds;\nsetp.ne.b32 adds, %130, 0;\n"
                 "wgmma.mma_async.sync.aligned.m64n256k16.f32.f16.f16 {"
                 "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
                 "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
                 "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
                 "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, "
                 "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, "
                 "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, "
                 "%96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, "
                 "%112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127"
                 "}, %128, %129, adds, 1, 1, 0, 1;\n}"
                 : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3]), "+f"(sums[4]), "+f"(sums[5]), "+f"(sums[6]), "+f"(sums[7]),
                   "+f"(sums[8]), "+f"(sums[9]), "+f"(sums[10]), "+f"(sums[11]), "+f"(sums[12]), "+f"(sums[13]), "+f"(sums[14]), "+f"(sums[15]),
                   "+f"(sums[16]), "+f"(sums[17]), "+f"(sums[18]), "+f"(sums[19]), "+f"(sums[20]), "+f"(sums[21]), "+f"(sums[22]), "+f"(sums[23]),
                   "+f"(sums[24]), "+f"(sums[25]), "+f"(sums[26]), "+f"(sums[27]), "+f"(sums[28]), "+f"(sums[29]), "+f"(sums[30]), "+f"(sums[31]),
                   "+f"(sums[32]), "+f"(sums[33]), "+f"(sums[34]), "+f"(sums[35]), "+f"(sums[36]), "+f"(sums[37]), "+f"(sums[38]), "+f"(sums[39]),
                   "+f"(sums[40]), "+f"(sums[41]), "+f"(sums[42]), "+f"(sums[43]), "+f"(sums[44]), "+f"(sums[45]), "+f"(sums[46]), "+f"(sums[47]),
                   "+f"(sums[48]), "+f"(sums[49]), "+f"(sums[50]), "+f"(sums[51]), "+f"(sums[52]), "+f"(sums[53]), "+f"(sums[54]), "+f"(sums[55]),
                   "+f"(sums[56]), "+f"(sums[57]), "+f"(sums[58]), "+f"(sums[59]), "+f"(sums[60]), "+f"(sums[61]), "+f"(sums[62]), "+f"(sums[63]),
                   "+f"(sums[64]), "+f"(sums[65]), "+f"(sums[66]), "+f"(sums[67]), "+f"(sums[68]), "+f"(sums[69]), "+f"(sums[70]), "+f"(sums[71]),
                   "+f"(sums[72]), "+f"(sums[73]), "+f"(sums[74]), "+f"(sums[75]), "+f"(sums[76]), "+f"(sums[77]), "+f"(sums[78]), "+f"(sums[79]),
                   "+f"(sums[80]), "+f"(sums[81]), "+f"(sums[82]), "+f"(sums[83]), "+f"(sums[84]), "+f"(sums[85]), "+f"(sums[86]), "+f"(sums[87]),
                   "+f"(sums[88]), "+f"(sums[89]), "+f"(sums[90]), "+f"(sums[91]), "+f"(sums[92]), "+f"(sums[93]), "+f"(sums[94]), "+f"(sums[95]),
                   "+f"(sums[96]), "+f"(sums[97]), "+f"(sums[98]), "+f"(sums[99]), "+f"(sums[100]), "+f"(sums[101]), "+f"(sums[102]), "+f"(sums[103]),
                   "+f"(sums[104]), "+f"(sums[105]), "+f"(sums[106]), "+f"(sums[107]), "+f"(sums[108]), "+f"(sums[109]), "+f"(sums[110]), "+f"(sums[111]),
                   "+f"(sums[112]), "+f"(sums[113]), "+f"(sums[114]), "+f"(sums[115]), "+f"(sums[116]), "+f"(sums[117]), "+f"(sums[118]), "+f"(sums[119]),
                   "+f"(sums[120]), "+f"(sums[121]), "+f"(sums[122]), "+f"(sums[123]), "+f"(sums[124]), "+f"(sums[125]), "+f"(sums[126]), "+f"(sums[127])
                 : "l"(left), "l"(right), "r"(1));
}

// By four warps: 64 x 128 sums += 64 x 16 of the left times 16 x 128 of the right, both in shared memory.
[[maybe_unused]] static __device__ __forceinline__ void multiplyAdd(float (&sums)[64], unsigned long long left,
                                                   unsigned long long right)
{
    asm volatile("{\n.reg .pred adds;\nsetp.ne.b32 adds, %66, 0;\n"
                 "wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 {"
                 "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
                 "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
                 "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
                 "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
                 "}, %64, %65, adds, 1, 1, 0, 1;\n}"
                 : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3]), "+f"(sums[4]), "+f"(sums[5]), "+f"(sums[6]), "+f"(sums[7]),
                   "+f"(sums[8]), "+f"(sums[9]), "+f"(sums[10]), "+f"(sums[11]), "+f"(sums[12]), "+f"(sums[13]), "+f"(sums[14]), "+f"(sums[15]),
                   "+f"(sums[16]), "+f"(sums[17]), "+f"(sums[18]), "+f"(sums[19]), "+f"(sums[20]), "+f"(sums[21]), "+f"(sums[22]), "+f"(sums[23]),
                   "+f"(sums[24]), "+f"(sums[25]), "+f"(sums[26]), "+f"(sums[27]), "+f"(sums[28]), "+f"(sums[29]), "+f"(sums[30]), "+f"(sums[31]),
                   "+f"(sums[32]), "+f"(sums[33]), "+f"(sums[34]), "+f"(sums[35]), "+f"(sums[36]), "+f"(sums[37]), "+f"(sums[38]), "+f"(sums[39]),
                   "+f"(sums[40]), "+f"(sums[41]), "+f"(sums[42]), "+f"(sums[43]), "+f"(sums[44]), "+f"(sums[45]), "+f"(sums[46]), "+f"(sums[47]),
                   "+f"(sums[48]), "+f"(sums[49]), "+f"(sums[50]), "+f"(sums[51]), "+f"(sums[52]), "+f"(sums[53]), "+f"(sums[54]), "+f"(sums[55]),
                   "+f"(sums[56]), "+f"(sums[57]), "+f"(sums[58]), "+f"(sums[59]), "+f"(sums[60]), "+f"(sums[61]), "+f"(sums[62]), "+f"(sums[63])
                 : "l"(left), "l"(right), "r"(1));
}

extern "C" __global__ void __launch_bounds__(WARPGROUPS * 128, MIN_BLOCKS) w4a16_gemm_residual(const half* __restrict__ x, const uint32_t* __restrict__ qweight,
                                               const half* __restrict__ scales, const uint8_t* __restrict__ zeros,
                                               const half* __restrict__ residual, half* __restrict__ y, int M,
                                               int K_packed, int group_packed, int N, const __half* __restrict__ factor_n, const __half* __restrict__ factor_n_low)
{
    // A block computes TILE_M x TILE_N elements on the tensor cores, each of its WARPGROUPS groups of four warps kTall times
    // 64 rows of them. Slices of the factors, 64 deep, come through a ring of STAGES buffers: one is multiplied, the one
    // before it may still be, and the others are on their way.
    // 2 products are added to a sum at each place: factors of several of them come once.
    constexpr int kThreads = WARPGROUPS * 128;
    constexpr int kTall = TILE_M / WARPGROUPS / 64;
    constexpr int kDepth = 64;
    using LeftTile = half[TILE_M * kDepth];
    using RightTile = __half[TILE_N * kDepth];
    extern __shared__ __align__(1024) unsigned char ring[];
    LeftTile* const left_tile = reinterpret_cast<LeftTile*>(ring);
    RightTile* const right_tile = reinterpret_cast<RightTile*>(left_tile + STAGES);
    RightTile* const right_tile_2 = reinterpret_cast<RightTile*>(right_tile + STAGES);
    const int thread = threadIdx.x;
    const int lane_2 = thread % 32;
    const int part = thread / 128 * (TILE_M / WARPGROUPS);
    const int down = part + thread / 32 % 4 * 16;
    constexpr int across = 0;
    // Blocks that run at the same time take their tiles from GROUP rows of them: the L2 cache then serves more of the loads.
    const int place = blockIdx.y * gridDim.x + blockIdx.x;
    const int group = place / (GROUP * gridDim.x) * GROUP;
    const int height = min(GROUP, static_cast<int>(gridDim.y) - group);
    const int first_row = (group + place % (GROUP * gridDim.x) % height) * TILE_M;
    const int first_column = place % (GROUP * gridDim.x) / height * TILE_N;
    // Copies are of 16 bytes where a factor's lines begin on such a boundary, of 4 where they do on that.
    const bool left_is_wide = (K_packed * 8) % 8 == 0;
    const bool right_is_wide = N % 8 == 0;
    const bool right_is_wide_2 = N % 8 == 0;
    const bool is_copied = (K_packed * 8) % 2 == 0 && N % 2 == 0;
    float sums[kTall][TILE_N / 2] = {};
    constexpr int left_apart = kThreads * 8 / kDepth;
    const int left_line = thread * 8 / kDepth;
    const int left_along = thread * 8 % kDepth;
    const auto left_at = [&](int m, int p) { return &x[(size_t)m * K_packed * PACK_FACTOR + p]; };
    auto left_from = left_at(first_row + left_line, left_along);
    const auto left_stride = left_at(left_apart, 0) - left_at(0, 0);
    constexpr int right_apart = kThreads * 8 / TILE_N;
    const int right_line = thread * 8 / TILE_N;
    const int right_along = thread * 8 % TILE_N;
    const auto right_at = [&](int n, int p) { return &factor_n[size_t(p) * N + n]; };
    auto right_from = right_at(first_column + right_along, right_line);
    const auto right_stride = right_at(0, right_apart) - right_at(0, 0);
    constexpr int right_apart_2 = kThreads * 8 / TILE_N;
    const int right_line_2 = thread * 8 / TILE_N;
    const int right_along_2 = thread * 8 % TILE_N;
    const auto right_at_2 = [&](int n, int p) { return &factor_n_low[size_t(p) * N + n]; };
    auto right_from_2 = right_at_2(first_column + right_along_2, right_line_2);
    const auto right_stride_2 = right_at_2(0, right_apart_2) - right_at_2(0, 0);

    const auto load = [&](int stage, int tile_begin) {
        {
            const int m = first_row + left_line;
            const int p = tile_begin + left_along;
            const auto left_rest = m < M && p < K_packed * 8 ? M - m : 0;
            if (left_is_wide) {
                #pragma unroll
                for (int i_2 = 0; i_2 < TILE_M / left_apart; ++i_2)
                    copyAsync(&left_tile[stage][placeInTile<TILE_M>(left_line + i_2 * left_apart, left_along)], left_from + i_2 * left_stride,
                        i_2 * left_apart < left_rest);
            } else {
                const int left_present = left_rest == 0 ? 0 : K_packed * 8 - p < 8 ? static_cast<int>(K_packed * 8 - p) : 8;
                #pragma unroll
                for (int i_2 = 0; i_2 < TILE_M / left_apart; ++i_2)
                    copyPairs(&left_tile[stage][placeInTile<TILE_M>(left_line + i_2 * left_apart, left_along)], left_from + i_2 * left_stride,
                        i_2 * left_apart < left_rest ? left_present : 0);
            }
            left_from += left_at(0, kDepth) - left_at(0, 0);
        }
        {
            const int n = first_column + right_along;
            const int p = tile_begin + right_line;
            const auto right_rest = n < N && p < K_packed * 8 ? K_packed * 8 - p : 0;
            if (right_is_wide) {
                #pragma unroll
                for (int i_2 = 0; i_2 < kDepth / right_apart; ++i_2)
                    copyAsync(&right_tile[stage][placeInTile<kDepth>(right_line + i_2 * right_apart, right_along)], right_from + i_2 * right_stride,
                        i_2 * right_apart < right_rest);
            } else {
                const int right_present = right_rest == 0 ? 0 : N - n < 8 ? static_cast<int>(N - n) : 8;
                #pragma unroll
                for (int i_2 = 0; i_2 < kDepth / right_apart; ++i_2)
                    copyPairs(&right_tile[stage][placeInTile<kDepth>(right_line + i_2 * right_apart, right_along)], right_from + i_2 * right_stride,
                        i_2 * right_apart < right_rest ? right_present : 0);
            }
            right_from += right_at(0, kDepth) - right_at(0, 0);
        }
        {
            const int n = first_column + right_along_2;
            const int p = tile_begin + right_line_2;
            const auto right_rest_2 = n < N && p < K_packed * 8 ? K_packed * 8 - p : 0;
            if (right_is_wide_2) {
                #pragma unroll
                for (int i_2 = 0; i_2 < kDepth / right_apart_2; ++i_2)
                    copyAsync(&right_tile_2[stage][placeInTile<kDepth>(right_line_2 + i_2 * right_apart_2, right_along_2)], right_from_2 + i_2 * right_stride_2,
                        i_2 * right_apart_2 < right_rest_2);
            } else {
                const int right_present_2 = right_rest_2 == 0 ? 0 : N - n < 8 ? static_cast<int>(N - n) : 8;
                #pragma unroll
                for (int i_2 = 0; i_2 < kDepth / right_apart_2; ++i_2)
                    copyPairs(&right_tile_2[stage][placeInTile<kDepth>(right_line_2 + i_2 * right_apart_2, right_along_2)], right_from_2 + i_2 * right_stride_2,
                        i_2 * right_apart_2 < right_rest_2 ? right_present_2 : 0);
            }
            right_from_2 += right_at_2(0, kDepth) - right_at_2(0, 0);
        }
        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    // Begins to; what was copied has to be seen by the tensor cores, which read shared memory past the threads' way.
    const auto multiply = [&](int stage) {
        asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
        __syncthreads();
        asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
        #pragma unroll
        for (int step = 0; step < kDepth; step += 16)
            #pragma unroll
            for (int i_2 = 0; i_2 < kTall; ++i_2) {
                multiplyAdd(sums[i_2], descriptorOf(&left_tile[stage][(part + i_2 * 64) * kDepth + step], 16),
                            descriptorOf(&right_tile[stage][step * 64], kDepth * 128));
                multiplyAdd(sums[i_2], descriptorOf(&left_tile[stage][(part + i_2 * 64) * kDepth + step], 16),
                            descriptorOf(&right_tile_2[stage][step * 64], kDepth * 128));
            }
        asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    };
    if (is_copied) {
        #pragma unroll
        for (int stage = 0; stage < STAGES - 2; ++stage)
            load(stage, stage * kDepth);
        int stage = 0;
        for (int tile_begin = 0; tile_begin < K_packed * 8; tile_begin += kDepth) {
            asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 3) : "memory");
            multiply(stage);
            // All threads have waited for the slice before the last, so that its buffer is free.
            load((stage + STAGES - 2) % STAGES, tile_begin + (STAGES - 2) * kDepth);
            asm volatile("wgmma.wait_group.sync.aligned 1;" ::: "memory");
            stage = stage + 1 == STAGES ? 0 : stage + 1;
        }
    } else {
        for (int tile_begin = 0; tile_begin < K_packed * 8; tile_begin += kDepth) {
            __syncthreads();
            #pragma unroll 4
            for (int item = thread; item < TILE_M * kDepth; item += kThreads) {
                const int left_line = item / kDepth;
                const int left_along = item % kDepth;
                const int m = first_row + left_line;
                const int p = tile_begin + left_along;
                left_tile[0][placeInTile<TILE_M>(left_line, left_along)] =
                    m < M && p < K_packed * 8 ? x[(size_t)m * K_packed * PACK_FACTOR + p] : half(0.0f);
            }
            #pragma unroll 4
            for (int item = thread; item < TILE_N * kDepth; item += kThreads) {
                const int right_line = item / TILE_N;
                const int right_along = item % TILE_N;
                const int n = first_column + right_along;
                const int p = tile_begin + right_line;
                right_tile[0][placeInTile<kDepth>(right_line, right_along)] =
                    n < N && p < K_packed * 8 ? factor_n[size_t(p) * N + n] : __half(0.0f);
            }
            #pragma unroll 4
            for (int item = thread; item < TILE_N * kDepth; item += kThreads) {
                const int right_line_2 = item / TILE_N;
                const int right_along_2 = item % TILE_N;
                const int n = first_column + right_along_2;
                const int p = tile_begin + right_line_2;
                right_tile_2[0][placeInTile<kDepth>(right_line_2, right_along_2)] =
                    n < N && p < K_packed * 8 ? factor_n_low[size_t(p) * N + n] : __half(0.0f);
            }
            multiply(0);
            asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
        }
    }
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
    asm volatile("cp.async.wait_all;" ::: "memory");
    // Through shared memory, 16 rows of each warp at a time, so that neighbouring lanes store neighbouring columns.
    constexpr int kColumns = TILE_N;
    using Lines = float[16][kColumns + 8];
    Lines& lines = reinterpret_cast<Lines*>(ring)[thread / 32];
    __syncthreads();
    #pragma unroll
    for (int i_2 = 0; i_2 < kTall; ++i_2) {
        __syncwarp();
        #pragma unroll
        for (int j = 0; j < kColumns / 2; ++j)
            lines[j / 2 % 2 * 8 + lane_2 / 4][j / 4 * 8 + lane_2 % 4 * 2 + j % 2] = sums[i_2][j];
        __syncwarp();
        if (N % 8 == 0) {
            constexpr int kAhead = kColumns / (2 * 8) % 4 == 0 ? 4 : 1;
            for (int first = lane_2 * 8; first < 16 * kColumns; first += 32 * 8 * kAhead) {
                // Loads of kAhead pieces are under way at the same time.
                __align__(16) half residual_vec[kAhead][8];
                #pragma unroll
                for (int piece = 0; piece < kAhead; ++piece) {
                    const int item = first + piece * 32 * 8;
                    const int m = first_row + down + i_2 * 64 + item / kColumns;
                    const int n = first_column + across + item % kColumns;
                    if (m < M && n < N) {
                        *reinterpret_cast<uint4*>(residual_vec[piece]) = *reinterpret_cast<const uint4*>(&residual[(size_t)m * N + n]);
                    }
                }
                #pragma unroll
                for (int piece = 0; piece < kAhead; ++piece) {
                    const int item = first + piece * 32 * 8;
                    const int m = first_row + down + i_2 * 64 + item / kColumns;
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
                const int m = first_row + down + i_2 * 64 + item / kColumns;
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
