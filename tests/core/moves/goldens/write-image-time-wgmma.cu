// warploom: scratch image f16[max(1, 8 * ceil_div(channels, 8) * batch * dilation * taps + 8 * ceil_div(channels, 8) * batch * length - 8 * ceil_div(channels, 8) * batch * dilation)]
// warploom: scratch filter f16[max(1, 8 * ceil_div(channels, 8) * filters * taps)]
// warploom: launch layer_image<<<dim3(ceil_div(dilation * taps + length - dilation, WRITE_BLOCK), min(ceil_div(8 * ceil_div(channels, 8), 8), 65535), batch), WRITE_BLOCK>>>(x, channels, length, taps, dilation, image, dilation * taps + length - dilation, 8 * ceil_div(channels, 8))
// warploom: launch layer_filter<<<dim3(ceil_div(8 * ceil_div(channels, 8) * taps, WRITE_BLOCK), filters), WRITE_BLOCK>>>(w, channels, taps, filter, 8 * ceil_div(channels, 8), 8 * ceil_div(channels, 8) * taps)
// warploom: tune WRITE_BLOCK = 256 128 512
// warploom: tune TILE_M = 128 256 64
// warploom: tune TILE_N = 256 128
// warploom: tune WARPGROUPS = 2 1 4
// warploom: tune STAGES = 4 3 5 6
// warploom: tune GROUP = 8 16 4 1
// warploom: tune MIN_BLOCKS = 1 2
// warploom: require TILE_M % (WARPGROUPS * 64) == 0 && STAGES >= 3
// warploom: require (STAGES * (TILE_M + TILE_N) * 128 + 1024) * MIN_BLOCKS <= 233472
// warploom: require TILE_M * TILE_N <= 16384 * min(WARPGROUPS, 2 / MIN_BLOCKS)
// warploom: launch layer<<<dim3(ceil_div(length, TILE_N), ceil_div(filters, TILE_M), batch), WARPGROUPS * 128, max(STAGES * (TILE_M + TILE_N) * 128, WARPGROUPS * (TILE_N + 8) * 256)>>>(x, w, s, y, channels, filters, length, taps, dilation, image, filter, 8 * ceil_div(channels, 8) * taps, dilation * taps + length - dilation, 8 * ceil_div(channels, 8))
#include <cuda_fp16.h>
__device__ float activated(float v) { return v > 0.0f ? v : 0.1f * v; }
// The image of layer, channels side by side: as far as it is looked at, with what is made of it and zero where nothing is added.
extern "C" __global__ void layer_image(const half* x, int C, int L, int taps, int dilation, __half* __restrict__ image, int image_plane, int image_channels)
{
    const int place = blockIdx.x * blockDim.x + threadIdx.x;
    if (place >= image_plane)
        return;
    const int from = 0 + 0 * dilation - taps / 2 + place;
    for (int first = blockIdx.y * 8; first < image_channels; first += gridDim.y * 8) {
        __align__(16) __half lanes[8];
        #pragma unroll
        for (int lane = 0; lane < 8; ++lane) {
            const int c = first + lane;
            // Beyond the channels, and where the kernel adds nothing.
            float value = 0.0f;
            if (c < C) {
                if (from >= 0 && from < L) {
                    value = activated(__half2float(x[(int(blockIdx.z) * C + c) * L + from]));
                }
            }
            lanes[lane] = __float2half(value);
        }
        *reinterpret_cast<uint4*>(&image[(size_t(blockIdx.z) * image_plane + place) * image_channels + first]) = *reinterpret_cast<const uint4*>(lanes);
    }
}

// The filter of layer, channels of a tap side by side.
extern "C" __global__ void layer_filter(const half* w, int C, int taps, __half* __restrict__ filter, int image_channels, int depth)
{
    const int place = blockIdx.x * blockDim.x + threadIdx.x;
    if (place >= depth)
        return;
    const int output = blockIdx.y;
    const int c = place % image_channels;
    const int q = place / image_channels % taps;
    float value = 0.0f;
    if (c < C) {
        value = __half2float(w[(output * C + c) * taps + q]);
    }
    filter[size_t(output) * depth + place] = __float2half(value);
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
                 "}, %128, %129, adds, 1, 1, 0, 0;\n}"
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
                 "}, %64, %65, adds, 1, 1, 0, 0;\n}"
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

extern "C" __global__ void __launch_bounds__(WARPGROUPS * 128, MIN_BLOCKS) layer(const half* x, const half* w, const float* s, half* y, int C, int K, int L, int taps,
                                 int dilation, const __half* __restrict__ image, const __half* __restrict__ filter, int depth, int image_plane, int image_channels)
{
    // A block computes TILE_M x TILE_N elements on the tensor cores, each of its WARPGROUPS groups of four warps kTall times
    // 64 rows of them. Slices of the factors, 64 deep, come through a ring of STAGES buffers: one is multiplied, the one
    // before it may still be, and the others are on their way.
    constexpr int kThreads = WARPGROUPS * 128;
    constexpr int kTall = TILE_M / WARPGROUPS / 64;
    constexpr int kDepth = 64;
    using LeftTile = __half[TILE_M * kDepth];
    using RightTile = __half[TILE_N * kDepth];
    extern __shared__ __align__(1024) unsigned char ring[];
    LeftTile* const left_tile = reinterpret_cast<LeftTile*>(ring);
    RightTile* const right_tile = reinterpret_cast<RightTile*>(left_tile + STAGES);
    const int thread = threadIdx.x;
    const int lane_2 = thread % 32;
    const int part = thread / 128 * (TILE_M / WARPGROUPS);
    const int down = part + thread / 32 % 4 * 16;
    constexpr int across = 0;
    // Blocks that run at the same time take their tiles from GROUP rows of them: the L2 cache then serves more of the loads.
    const int place_2 = blockIdx.y * gridDim.x + blockIdx.x;
    const int group = place_2 / (GROUP * gridDim.x) * GROUP;
    const int height = min(GROUP, static_cast<int>(gridDim.y) - group);
    const int first_row = (group + place_2 % (GROUP * gridDim.x) % height) * TILE_M;
    const int first_column = place_2 % (GROUP * gridDim.x) / height * TILE_N;
    // Copies are of 16 bytes where a factor's lines begin on such a boundary, of 4 where they do on that.
    const bool left_is_wide = depth % 8 == 0;
    const bool right_is_wide = depth % 8 == 0 && image_channels % 8 == 0;
    const bool is_copied = depth % 2 == 0 && depth % 2 == 0 && image_channels % 2 == 0;
    float sums[kTall][TILE_N / 2] = {};
    constexpr int left_apart = kThreads * 8 / kDepth;
    const int left_line = thread * 8 / kDepth;
    const int left_along = thread * 8 % kDepth;
    const auto left_at = [&](int output, int p) { return &filter[size_t(output) * depth + p]; };
    auto left_from = left_at(first_row + left_line, left_along);
    const auto left_stride = left_at(left_apart, 0) - left_at(0, 0);
    constexpr int right_apart = kThreads * 8 / kDepth;
    const int right_line = thread * 8 / kDepth;
    const int right_along = thread * 8 % kDepth;
    const auto right_at = [&](int pixel, int p) { return &image[(size_t(blockIdx.z) * image_plane + pixel) * image_channels + size_t(p / image_channels) * (dilation * image_channels) + p % image_channels]; };
    auto right_from = right_at(first_column + right_line, right_along);
    const auto right_stride = right_at(right_apart, 0) - right_at(0, 0);

    const auto load = [&](int stage, int tile_begin) {
        {
            const int output = first_row + left_line;
            const int p = tile_begin + left_along;
            const auto left_rest = output < K && p < depth ? K - output : 0;
            if (left_is_wide) {
                #pragma unroll
                for (int i = 0; i < TILE_M / left_apart; ++i)
                    copyAsync(&left_tile[stage][placeInTile<TILE_M>(left_line + i * left_apart, left_along)], left_from + i * left_stride,
                        i * left_apart < left_rest);
            } else {
                const int left_present = left_rest == 0 ? 0 : depth - p < 8 ? static_cast<int>(depth - p) : 8;
                #pragma unroll
                for (int i = 0; i < TILE_M / left_apart; ++i)
                    copyPairs(&left_tile[stage][placeInTile<TILE_M>(left_line + i * left_apart, left_along)], left_from + i * left_stride,
                        i * left_apart < left_rest ? left_present : 0);
            }
            left_from += left_at(0, kDepth) - left_at(0, 0);
        }
        {
            const int pixel = first_column + right_line;
            const int p = tile_begin + right_along;
            const auto right_rest = pixel < L && p < depth ? L - pixel : 0;
            if (right_is_wide) {
                #pragma unroll
                for (int i = 0; i < TILE_N / right_apart; ++i)
                    copyAsync(&right_tile[stage][placeInTile<TILE_N>(right_line + i * right_apart, right_along)], right_from + i * right_stride,
                        i * right_apart < right_rest);
            } else {
                const int right_present = right_rest == 0 ? 0 : depth - p < 8 ? static_cast<int>(depth - p) : 8;
                #pragma unroll
                for (int i = 0; i < TILE_N / right_apart; ++i)
                    copyPairs(&right_tile[stage][placeInTile<TILE_N>(right_line + i * right_apart, right_along)], right_from + i * right_stride,
                        i * right_apart < right_rest ? right_present : 0);
            }
            right_from = right_at(pixel, p + kDepth);
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
            for (int i = 0; i < kTall; ++i)
                multiplyAdd(sums[i], descriptorOf(&left_tile[stage][(part + i * 64) * kDepth + step], 16),
                            descriptorOf(&right_tile[stage][step], 16));
        asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    };
    if (is_copied) {
        #pragma unroll
        for (int stage = 0; stage < STAGES - 2; ++stage)
            load(stage, stage * kDepth);
        int stage = 0;
        for (int tile_begin = 0; tile_begin < depth; tile_begin += kDepth) {
            asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 3) : "memory");
            multiply(stage);
            // All threads have waited for the slice before the last, so that its buffer is free.
            load((stage + STAGES - 2) % STAGES, tile_begin + (STAGES - 2) * kDepth);
            asm volatile("wgmma.wait_group.sync.aligned 1;" ::: "memory");
            stage = stage + 1 == STAGES ? 0 : stage + 1;
        }
    } else {
        for (int tile_begin = 0; tile_begin < depth; tile_begin += kDepth) {
            __syncthreads();
            #pragma unroll 4
            for (int item = thread; item < TILE_M * kDepth; item += kThreads) {
                const int left_line = item / kDepth;
                const int left_along = item % kDepth;
                const int output = first_row + left_line;
                const int p = tile_begin + left_along;
                left_tile[0][placeInTile<TILE_M>(left_line, left_along)] =
                    output < K && p < depth ? filter[size_t(output) * depth + p] : __half(0.0f);
            }
            #pragma unroll 4
            for (int item = thread; item < TILE_N * kDepth; item += kThreads) {
                const int right_line = item / kDepth;
                const int right_along = item % kDepth;
                const int pixel = first_column + right_line;
                const int p = tile_begin + right_along;
                right_tile[0][placeInTile<TILE_N>(right_line, right_along)] =
                    pixel < L && p < depth ? image[(size_t(blockIdx.z) * image_plane + pixel) * image_channels + size_t(p / image_channels) * (dilation * image_channels) + p % image_channels] : __half(0.0f);
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
    for (int i = 0; i < kTall; ++i) {
        __syncwarp();
        #pragma unroll
        for (int j = 0; j < kColumns / 2; ++j)
            lines[j / 2 % 2 * 8 + lane_2 / 4][j / 4 * 8 + lane_2 % 4 * 2 + j % 2] = sums[i][j];
        __syncwarp();
        if (L % 8 == 0) {
            #pragma unroll 4
            for (int item = lane_2 * 8; item < 16 * kColumns; item += 32 * 8) {
                const int output = first_row + down + i * 64 + item / kColumns;
                const int pixel = first_column + across + item % kColumns;
                if (output < K && pixel < L) {
                    __align__(16) half y_vec[8];
                    #pragma unroll
                    for (int element = 0; element < 8; ++element) {
                        float sum = lines[item / kColumns][item % kColumns + element];
                        y_vec[element] = __float2half(sum + s[output]);
                    }
                    *reinterpret_cast<uint4*>(&y[(int(blockIdx.z) * K + output) * L + pixel]) = *reinterpret_cast<const uint4*>(y_vec);
                }
            }
        } else {
            #pragma unroll 4
            for (int item = lane_2; item < 16 * kColumns; item += 32) {
                const int output = first_row + down + i * 64 + item / kColumns;
                const int pixel = first_column + across + item % kColumns;
                if (output < K && pixel < L) {
                    float sum = lines[item / kColumns][item % kColumns];
                    y[(int(blockIdx.z) * K + output) * L + pixel] = __float2half(sum + s[output]);
                }
            }
        }
    }
}
