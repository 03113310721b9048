// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Feed-forward up projection of the encoder, W8A8: int8 activations (one scale per frame) times int8 weights (one scale
// per output channel), int32 accumulation, dequantization, bias, SwooshL. The encoder runs time-major, the next module
// wants batch-major half. Frames behind the end of an utterance come out as zero.
//
// warploom: tune TILE_M = 128 256 64
// warploom: tune TILE_N = 256 128
// warploom: tune WARPGROUPS = 2 1 4
// warploom: tune STAGES = 4 3 5 6
// warploom: tune GROUP = 8 16 4 1
// warploom: tune MIN_BLOCKS = 1 2
// warploom: require TILE_M % (WARPGROUPS * 64) == 0 && STAGES >= 3
// warploom: require (STAGES * (TILE_M + TILE_N) * 128 + 1024) * MIN_BLOCKS <= 233472
// warploom: require TILE_M * TILE_N <= 16384 * min(WARPGROUPS, 2 / MIN_BLOCKS)
// warploom: launch ffn_up_w8a8<<<dim3(ceil_div(d_ff, TILE_N), ceil_div(steps, TILE_M), streams), WARPGROUPS * 128, max(STAGES * (TILE_M + TILE_N) * 128, WARPGROUPS * (TILE_N + 8) * 256)>>>(x, x_scale, w, w_scale, bias, n_frames, y, steps, streams, d_model, d_ff)

#include <cuda_fp16.h>
#include <stdint.h>

// log(1 + exp(v - 4)) - 0.08 v - 0.035, without overflow
__device__ __forceinline__ float swoosh_l(float v)
{
    float z = v - 4.0f;
    float softplus = fmaxf(z, 0.0f) + log1pf(expf(-fabsf(z)));
    return softplus - 0.08f * v - 0.035f;
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

// Where an element lies in a tile: panels of LINES lines of 128 elements, in which pieces of 16 bytes change places with the
// line, as the tensor cores expect it of tiles that are swizzled by 128 bytes.
template <int LINES>
static __device__ __forceinline__ int placeInTile(int line, int element)
{
    return element / 128 * (LINES * 128) + line * 128 + ((element % 128 / 16) ^ (line % 8)) * 16 + element % 16;
}

// How the tensor cores find a tile: eight lines take 1024 bytes, the next panel begins panel_bytes on.
static __device__ __forceinline__ unsigned long long descriptorOf(const void* tile, unsigned panel_bytes)
{
    const unsigned long long address = (sharedAddress(tile) & 0x3FFFF) >> 4;
    return address | (panel_bytes >> 4) << 16 | 1024ull >> 4 << 32 | 1ull << 62;
}

// By four warps: 64 x 256 sums += 64 x 32 of the left times 32 x 256 of the right, both in shared memory.
[[maybe_unused]] static __device__ __forceinline__ void multiplyAdd(int (&sums)[128], unsigned long long left,
                                                   unsigned long long right)
{
    asm volatile("{\n.reg .pred adds;\nsetp.ne.b32 adds, %130, 0;\n"
                 "wgmma.mma_async.sync.aligned.m64n256k32.s32.s8.s8 {"
                 "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
                 "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
                 "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
                 "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, "
                 "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, "
                 "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, "
                 "%96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, "
                 "%112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127"
                 "}, %128, %129, adds;\n}"
                 : "+r"(sums[0]), "+r"(sums[1]), "+r"(sums[2]), "+r"(sums[3]), "+r"(sums[4]), "+r"(sums[5]), "+r"(sums[6]), "+r"(sums[7]),
                   "+r"(sums[8]), "+r"(sums[9]), "+r"(sums[10]), "+r"(sums[11]), "+r"(sums[12]), "+r"(sums[13]), "+r"(sums[14]), "+r"(sums[15]),
                   "+r"(sums[16]), "+r"(sums[17]), "+r"(sums[18]), "+r"(sums[19]), "+r"(sums[20]), "+r"(sums[21]), "+r"(sums[22]), "+r"(sums[23]),
                   "+r"(sums[24]), "+r"(sums[25]), "+r"(sums[26]), "+r"(sums[27]), "+r"(sums[28]), "+r"(sums[29]), "+r"(sums[30]), "+r"(sums[31]),
                   "+r"(sums[32]), "+r"(sums[33]), "+r"(sums[34]), "+r"(sums[35]), "+r"(sums[36]), "+r"(sums[37]), "+r"(sums[38]), "+r"(sums[39]),
                   "+r"(sums[40]), "+r"(sums[41]), "+r"(sums[42]), "+r"(sums[43]), "+r"(sums[44]), "+r"(sums[45]), "+r"(sums[46]), "+r"(sums[47]),
                   "+r"(sums[48]), "+r"(sums[49]), "+r"(sums[50]), "+r"(sums[51]), "+r"(sums[52]), "+r"(sums[53]), "+r"(sums[54]), "+r"(sums[55]),
                   "+r"(sums[56]), "+r"(sums[57]), "+r"(sums[58]), "+r"(sums[59]), "+r"(sums[60]), "+r"(sums[61]), "+r"(sums[62]), "+r"(sums[63]),
                   "+r"(sums[64]), "+r"(sums[65]), "+r"(sums[66]), "+r"(sums[67]), "+r"(sums[68]), "+r"(sums[69]), "+r"(sums[70]), "+r"(sums[71]),
                   "+r"(sums[72]), "+r"(sums[73]), "+r"(sums[74]), "+r"(sums[75]), "+r"(sums[76]), "+r"(sums[77]), "+r"(sums[78]), "+r"(sums[79]),
                   "+r"(sums[80]), "+r"(sums[81]), "+r"(sums[82]), "+r"(sums[83]), "+r"(sums[84]), "+r"(sums[85]), "+r"(sums[86]), "+r"(sums[87]),
                   "+r"(sums[88]), "+r"(sums[89]), "+r"(sums[90]), "+r"(sums[91]), "+r"(sums[92]), "+r"(sums[93]), "+r"(sums[94]), "+r"(sums[95]),
                   "+r"(sums[96]), "+r"(sums[97]), "+r"(sums[98]), "+r"(sums[99]), "+r"(sums[100]), "+r"(sums[101]), "+r"(sums[102]), "+r"(sums[103]),
                   "+r"(sums[104]), "+r"(sums[105]), "+r"(sums[106]), "+r"(sums[107]), "+r"(sums[108]), "+r"(sums[109]), "+r"(sums[110]), "+r"(sums[111]),
                   "+r"(sums[112]), "+r"(sums[113]), "+r"(sums[114]), "+r"(sums[115]), "+r"(sums[116]), "+r"(sums[117]), "+r"(sums[118]), "+r"(sums[119]),
                   "+r"(sums[120]), "+r"(sums[121]), "+r"(sums[122]), "+r"(sums[123]), "+r"(sums[124]), "+r"(sums[125]), "+r"(sums[126]), "+r"(sums[127])
                 : "l"(left), "l"(right), "r"(1));
}

// By four warps: 64 x 128 sums += 64 x 32 of the left times 32 x 128 of the right, both in shared memory.
[[maybe_unused]] static __device__ __forceinline__ void multiplyAdd(int (&sums)[64], unsigned long long left,
                                                   unsigned long long right)
{
    asm volatile("{\n.reg .pred adds;\nsetp.ne.b32 adds, %66, 0;\n"
                 "wgmma.mma_async.sync.aligned.m64n128k32.s32.s8.s8 {"
                 "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
                 "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
                 "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
                 "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
                 "}, %64, %65, adds;\n}"
                 : "+r"(sums[0]), "+r"(sums[1]), "+r"(sums[2]), "+r"(sums[3]), "+r"(sums[4]), "+r"(sums[5]), "+r"(sums[6]), "+r"(sums[7]),
                   "+r"(sums[8]), "+r"(sums[9]), "+r"(sums[10]), "+r"(sums[11]), "+r"(sums[12]), "+r"(sums[13]), "+r"(sums[14]), "+r"(sums[15]),
                   "+r"(sums[16]), "+r"(sums[17]), "+r"(sums[18]), "+r"(sums[19]), "+r"(sums[20]), "+r"(sums[21]), "+r"(sums[22]), "+r"(sums[23]),
                   "+r"(sums[24]), "+r"(sums[25]), "+r"(sums[26]), "+r"(sums[27]), "+r"(sums[28]), "+r"(sums[29]), "+r"(sums[30]), "+r"(sums[31]),
                   "+r"(sums[32]), "+r"(sums[33]), "+r"(sums[34]), "+r"(sums[35]), "+r"(sums[36]), "+r"(sums[37]), "+r"(sums[38]), "+r"(sums[39]),
                   "+r"(sums[40]), "+r"(sums[41]), "+r"(sums[42]), "+r"(sums[43]), "+r"(sums[44]), "+r"(sums[45]), "+r"(sums[46]), "+r"(sums[47]),
                   "+r"(sums[48]), "+r"(sums[49]), "+r"(sums[50]), "+r"(sums[51]), "+r"(sums[52]), "+r"(sums[53]), "+r"(sums[54]), "+r"(sums[55]),
                   "+r"(sums[56]), "+r"(sums[57]), "+r"(sums[58]), "+r"(sums[59]), "+r"(sums[60]), "+r"(sums[61]), "+r"(sums[62]), "+r"(sums[63])
                 : "l"(left), "l"(right), "r"(1));
}

extern "C" __global__ void __launch_bounds__(WARPGROUPS * 128, MIN_BLOCKS) ffn_up_w8a8(const int8_t* __restrict__ x, const float* __restrict__ x_scale,
                                       const int8_t* __restrict__ w, const float* __restrict__ w_scale,
                                       const float* __restrict__ bias, const int32_t* __restrict__ n_frames,
                                       __half* __restrict__ y, int T, int B, int D, int F)
{
    // A block computes TILE_M x TILE_N elements on the tensor cores, each of its WARPGROUPS groups of four warps kTall times
    // 64 rows of them. Slices of the factors, 128 deep, come through a ring of STAGES buffers: one is multiplied, the one
    // before it may still be, and the others are on their way.
    constexpr int kThreads = WARPGROUPS * 128;
    constexpr int kTall = TILE_M / WARPGROUPS / 64;
    constexpr int kDepth = 128;
    using LeftTile = int8_t[TILE_M * kDepth];
    using RightTile = int8_t[TILE_N * kDepth];
    extern __shared__ __align__(1024) unsigned char ring[];
    LeftTile* const left_tile = reinterpret_cast<LeftTile*>(ring);
    RightTile* const right_tile = reinterpret_cast<RightTile*>(left_tile + STAGES);
    const int thread = threadIdx.x;
    const int lane = thread % 32;
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
    const bool left_is_wide = D % 16 == 0;
    const bool right_is_wide = D % 16 == 0;
    const bool is_copied = D % 4 == 0;
    int sums[kTall][TILE_N / 2] = {};
    constexpr int left_apart = kThreads * 16 / kDepth;
    const int left_line = thread * 16 / kDepth;
    const int left_along = thread * 16 % kDepth;
    const auto left_at = [&](int t, int i) { return &x[((size_t)t * B + int(blockIdx.z)) * D + i]; };
    auto left_from = left_at(first_row + left_line, left_along);
    const auto left_stride = left_at(left_apart, 0) - left_at(0, 0);
    constexpr int right_apart = kThreads * 16 / kDepth;
    const int right_line = thread * 16 / kDepth;
    const int right_along = thread * 16 % kDepth;
    const auto right_at = [&](int f, int i) { return &w[(size_t)f * D + i]; };
    auto right_from = right_at(first_column + right_line, right_along);
    const auto right_stride = right_at(right_apart, 0) - right_at(0, 0);

    const auto load = [&](int stage, int tile_begin) {
        {
            const int t = first_row + left_line;
            const int i = tile_begin + left_along;
            const auto left_rest = t < T && i < D ? T - t : 0;
            if (left_is_wide) {
                #pragma unroll
                for (int i_2 = 0; i_2 < TILE_M / left_apart; ++i_2)
                    copyAsync(&left_tile[stage][placeInTile<TILE_M>(left_line + i_2 * left_apart, left_along)], left_from + i_2 * left_stride,
                        i_2 * left_apart < left_rest);
            } else {
                const int left_present = left_rest == 0 ? 0 : D - i < 16 ? static_cast<int>(D - i) : 16;
                #pragma unroll
                for (int i_2 = 0; i_2 < TILE_M / left_apart; ++i_2)
                    copyPairs(&left_tile[stage][placeInTile<TILE_M>(left_line + i_2 * left_apart, left_along)], left_from + i_2 * left_stride,
                        i_2 * left_apart < left_rest ? left_present : 0);
            }
            left_from += left_at(0, kDepth) - left_at(0, 0);
        }
        {
            const int f = first_column + right_line;
            const int i = tile_begin + right_along;
            const auto right_rest = f < F && i < D ? F - f : 0;
            if (right_is_wide) {
                #pragma unroll
                for (int i_2 = 0; i_2 < TILE_N / right_apart; ++i_2)
                    copyAsync(&right_tile[stage][placeInTile<TILE_N>(right_line + i_2 * right_apart, right_along)], right_from + i_2 * right_stride,
                        i_2 * right_apart < right_rest);
            } else {
                const int right_present = right_rest == 0 ? 0 : D - i < 16 ? static_cast<int>(D - i) : 16;
                #pragma unroll
                for (int i_2 = 0; i_2 < TILE_N / right_apart; ++i_2)
                    copyPairs(&right_tile[stage][placeInTile<TILE_N>(right_line + i_2 * right_apart, right_along)], right_from + i_2 * right_stride,
                        i_2 * right_apart < right_rest ? right_present : 0);
            }
            right_from += right_at(0, kDepth) - right_at(0, 0);
        }
        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    // Begins to; what was copied has to be seen by the tensor cores, which read shared memory past the threads' way.
    const auto multiply = [&](int stage) {
        asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
        __syncthreads();
        asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
        #pragma unroll
        for (int step = 0; step < kDepth; step += 32)
            #pragma unroll
            for (int i_2 = 0; i_2 < kTall; ++i_2)
                multiplyAdd(sums[i_2], descriptorOf(&left_tile[stage][(part + i_2 * 64) * kDepth + step], 16),
                            descriptorOf(&right_tile[stage][step], 16));
        asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    };
    if (is_copied) {
        #pragma unroll
        for (int stage = 0; stage < STAGES - 2; ++stage)
            load(stage, stage * kDepth);
        int stage = 0;
        for (int tile_begin = 0; tile_begin < D; tile_begin += kDepth) {
            asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 3) : "memory");
            multiply(stage);
            // All threads have waited for the slice before the last, so that its buffer is free.
            load((stage + STAGES - 2) % STAGES, tile_begin + (STAGES - 2) * kDepth);
            asm volatile("wgmma.wait_group.sync.aligned 1;" ::: "memory");
            stage = stage + 1 == STAGES ? 0 : stage + 1;
        }
    } else {
        for (int tile_begin = 0; tile_begin < D; tile_begin += kDepth) {
            __syncthreads();
            #pragma unroll 4
            for (int item = thread; item < TILE_M * kDepth; item += kThreads) {
                const int left_line = item / kDepth;
                const int left_along = item % kDepth;
                const int t = first_row + left_line;
                const int i = tile_begin + left_along;
                left_tile[0][placeInTile<TILE_M>(left_line, left_along)] =
                    t < T && i < D ? x[((size_t)t * B + int(blockIdx.z)) * D + i] : static_cast<int8_t>(0);
            }
            #pragma unroll 4
            for (int item = thread; item < TILE_N * kDepth; item += kThreads) {
                const int right_line = item / kDepth;
                const int right_along = item % kDepth;
                const int f = first_column + right_line;
                const int i = tile_begin + right_along;
                right_tile[0][placeInTile<TILE_N>(right_line, right_along)] =
                    f < F && i < D ? w[(size_t)f * D + i] : static_cast<int8_t>(0);
            }
            multiply(0);
            asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
        }
    }
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
    asm volatile("cp.async.wait_all;" ::: "memory");
    // Through shared memory, 16 rows of each warp at a time, so that neighbouring lanes store neighbouring columns.
    constexpr int kColumns = TILE_N;
    using Lines = int[16][kColumns + 8];
    Lines& lines = reinterpret_cast<Lines*>(ring)[thread / 32];
    __syncthreads();
    #pragma unroll
    for (int i_2 = 0; i_2 < kTall; ++i_2) {
        __syncwarp();
        #pragma unroll
        for (int j = 0; j < kColumns / 2; ++j)
            lines[j / 2 % 2 * 8 + lane / 4][j / 4 * 8 + lane % 4 * 2 + j % 2] = sums[i_2][j];
        __syncwarp();
        #pragma unroll 4
        for (int item = lane; item < 16 * kColumns; item += 32) {
            const int t = first_row + down + i_2 * 64 + item / kColumns;
            const int f = first_column + across + item % kColumns;
            if (t < T && f < F) {
                int acc = lines[item / kColumns][item % kColumns];
                __half* dst = y + ((size_t)int(blockIdx.z) * T + t) * F + f;
                if (t >= n_frames[int(blockIdx.z)]) {
                    *dst = __float2half(0.0f);
                } else {
                    const float v = (float)acc * (x_scale[(size_t)t * B + int(blockIdx.z)] * w_scale[f]) + bias[f];
                    *dst = __float2half(swoosh_l(v));
                }
            }
        }
    }
}
