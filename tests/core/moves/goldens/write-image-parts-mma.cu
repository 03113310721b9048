// warploom: scratch image f16[max(1, 16 * ceil_div(channels, 8) * batch * dilation * taps + 16 * ceil_div(channels, 8) * batch * length - 16 * ceil_div(channels, 8) * batch * dilation)]
// warploom: scratch filter f16[max(1, 16 * ceil_div(channels, 8) * filters * taps)]
// warploom: launch layer_image<<<dim3(ceil_div(dilation * taps + length - dilation, WRITE_BLOCK), min(ceil_div(8 * ceil_div(channels, 8), 8), 65535), batch), WRITE_BLOCK>>>(x, channels, length, taps, dilation, image, dilation * taps + length - dilation, 16 * ceil_div(channels, 8), 8 * ceil_div(channels, 8))
// warploom: launch layer_filter<<<dim3(ceil_div(16 * ceil_div(channels, 8) * taps, WRITE_BLOCK), filters), WRITE_BLOCK>>>(w, channels, taps, filter, 16 * ceil_div(channels, 8), 8 * ceil_div(channels, 8), 16 * ceil_div(channels, 8) * taps)
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
// warploom: launch layer<<<dim3(ceil_div(length, TILE_N), ceil_div(filters, TILE_M), batch), WARPS_M * WARPS_N * 32, max(STAGES * (TILE_M + TILE_N) * TILE_K * 2, WARPS_M * (TILE_N + WARPS_N * 8) * 64)>>>(x, w, s, y, channels, filters, length, taps, dilation, image, filter, 16 * ceil_div(channels, 8) * taps, dilation * taps + length - dilation, 16 * ceil_div(channels, 8))
#include <cuda_fp16.h>
__device__ float activated(float v) { return v > 0.0f ? v : 0.1f * v; }
// What the nearest __half leaves of a factor, as another: the factor is the sum of both. Together they
// have 22 bits of it, which is all of a half times a small integer. A half's smallest step is 2^-24: what lies
// below 2^-2 may be off by half of that. Beyond 65504 the first is an infinity, as a half alone would be.
static __device__ __forceinline__ __half lowPart(float factor)
{
    const float rest = factor - __half2float(__float2half(factor));
    // What is no number, or is rounded to an infinity, leaves nothing.
    return __float2half(fabsf(rest) <= 3.4e38f ? rest : 0.0f);
}

// The image of layer, channels side by side: as far as it is looked at, with what is made of it and zero where nothing is added.
extern "C" __global__ void layer_image(const half* x, int C, int L, int taps, int dilation, __half* __restrict__ image, int image_plane, int image_channels, int written_channels)
{
    const int place = blockIdx.x * blockDim.x + threadIdx.x;
    if (place >= image_plane)
        return;
    const int from = 0 + 0 * dilation - taps / 2 + place;
    for (int first = blockIdx.y * 8; first < written_channels; first += gridDim.y * 8) {
        __align__(16) __half lanes[8];
        __align__(16) __half low[8];
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
            low[lane] = lowPart(value);
        }
        *reinterpret_cast<uint4*>(&image[(size_t(blockIdx.z) * image_plane + place) * image_channels + first]) = *reinterpret_cast<const uint4*>(lanes);
        *reinterpret_cast<uint4*>(&image[(size_t(blockIdx.z) * image_plane + place) * image_channels + first + written_channels]) = *reinterpret_cast<const uint4*>(low);
    }
}

// The filter of layer, channels of a tap side by side, once for each part of the image.
extern "C" __global__ void layer_filter(const half* w, int C, int taps, __half* __restrict__ filter, int image_channels, int written_channels, int depth)
{
    const int place = blockIdx.x * blockDim.x + threadIdx.x;
    if (place >= depth)
        return;
    const int output = blockIdx.y;
    const int c = place % image_channels % written_channels;
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

extern "C" __global__ void __launch_bounds__(WARPS_M * WARPS_N * 32, MIN_BLOCKS) layer(const half* x, const half* w, const float* s, half* y, int C, int K, int L, int taps,
                                 int dilation, const __half* __restrict__ image, const __half* __restrict__ filter, int depth, int image_plane, int image_channels)
{
    // A block computes TILE_M x TILE_N elements on the tensor cores, each of its WARPS_M x WARPS_N warps a part
    // of them in fragments of 16 x 8. Slices of the factors, TILE_K deep, come through a ring of STAGES buffers. The
    // fragments of a step are read while those of the step before are multiplied.
    constexpr int kThreads = WARPS_M * WARPS_N * 32;
    constexpr int kTall = TILE_M / WARPS_M / 16;
    constexpr int kBroad = TILE_N / WARPS_N / 16;
    using LeftTile = __half[TILE_M * TILE_K];
    using RightTile = __half[TILE_N * TILE_K];
    extern __shared__ __align__(128) unsigned char ring[];
    LeftTile* const left_tile = reinterpret_cast<LeftTile*>(ring);
    RightTile* const right_tile = reinterpret_cast<RightTile*>(left_tile + STAGES);
    const int thread = threadIdx.x;
    const int lane_2 = thread % 32;
    const int down = thread / 32 / WARPS_N * (TILE_M / WARPS_M);
    const int across = thread / 32 % WARPS_N * (TILE_N / WARPS_N);
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
    float sums[kTall][kBroad * 2][4] = {};
    unsigned left_part[2][kTall][4];
    unsigned right_part[2][kBroad][4];
    constexpr int left_apart = kThreads * 8 / TILE_K;
    const int left_line = thread * 8 / TILE_K;
    const int left_along = thread * 8 % TILE_K;
    const auto left_at = [&](int output, int p) { return &filter[size_t(output) * depth + p]; };
    auto left_from = left_at(first_row + left_line, left_along);
    const auto left_stride = left_at(left_apart, 0) - left_at(0, 0);
    constexpr int right_apart = kThreads * 8 / TILE_K;
    const int right_line = thread * 8 / TILE_K;
    const int right_along = thread * 8 % TILE_K;
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
                    copyAsync(&left_tile[stage][placeInTile<TILE_K>(left_line + i * left_apart, left_along)], left_from + i * left_stride,
                        i * left_apart < left_rest);
            } else {
                const int left_present = left_rest == 0 ? 0 : depth - p < 8 ? static_cast<int>(depth - p) : 8;
                #pragma unroll
                for (int i = 0; i < TILE_M / left_apart; ++i)
                    copyPairs(&left_tile[stage][placeInTile<TILE_K>(left_line + i * left_apart, left_along)], left_from + i * left_stride,
                        i * left_apart < left_rest ? left_present : 0);
            }
            left_from += left_at(0, TILE_K) - left_at(0, 0);
        }
        {
            const int pixel = first_column + right_line;
            const int p = tile_begin + right_along;
            const auto right_rest = pixel < L && p < depth ? L - pixel : 0;
            if (right_is_wide) {
                #pragma unroll
                for (int i = 0; i < TILE_N / right_apart; ++i)
                    copyAsync(&right_tile[stage][placeInTile<TILE_K>(right_line + i * right_apart, right_along)], right_from + i * right_stride,
                        i * right_apart < right_rest);
            } else {
                const int right_present = right_rest == 0 ? 0 : depth - p < 8 ? static_cast<int>(depth - p) : 8;
                #pragma unroll
                for (int i = 0; i < TILE_N / right_apart; ++i)
                    copyPairs(&right_tile[stage][placeInTile<TILE_K>(right_line + i * right_apart, right_along)], right_from + i * right_stride,
                        i * right_apart < right_rest ? right_present : 0);
            }
            right_from = right_at(pixel, p + TILE_K);
        }
        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    const auto read = [&](int buffer, int stage, int step) {
        #pragma unroll
        for (int i = 0; i < kTall; ++i)
            loadMatrices(left_part[buffer][i], &left_tile[stage][placeInTile<TILE_K>(
                down + i * 16 + lane_2 % 16, step + lane_2 / 16 * 8)]);
        #pragma unroll
        for (int j = 0; j < kBroad; ++j)
            loadMatrices(right_part[buffer][j], &right_tile[stage][placeInTile<TILE_K>(
                across + j * 16 + lane_2 / 16 * 8 + lane_2 % 8, step + lane_2 / 8 % 2 * 8)]);
    };
    const auto multiply = [&](int buffer) {
        #pragma unroll
        for (int i = 0; i < kTall; ++i)
            #pragma unroll
            for (int j = 0; j < kBroad; ++j) {
                const unsigned (&part)[4] = right_part[buffer][j];
                multiplyAdd(sums[i][2 * j], left_part[buffer][i], part[0], part[1]);
                multiplyAdd(sums[i][2 * j + 1], left_part[buffer][i], part[2], part[3]);
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
        for (int tile_begin = 0; tile_begin < depth; tile_begin += TILE_K) {
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
        for (int tile_begin = 0; tile_begin < depth; tile_begin += TILE_K) {
            __syncthreads();
            #pragma unroll 4
            for (int item = thread; item < TILE_M * TILE_K; item += kThreads) {
                const int left_line = item / TILE_K;
                const int left_along = item % TILE_K;
                const int output = first_row + left_line;
                const int p = tile_begin + left_along;
                left_tile[0][placeInTile<TILE_K>(left_line, left_along)] =
                    output < K && p < depth ? filter[size_t(output) * depth + p] : __half(0.0f);
            }
            #pragma unroll 4
            for (int item = thread; item < TILE_N * TILE_K; item += kThreads) {
                const int right_line = item / TILE_K;
                const int right_along = item % TILE_K;
                const int pixel = first_column + right_line;
                const int p = tile_begin + right_along;
                right_tile[0][placeInTile<TILE_K>(right_line, right_along)] =
                    pixel < L && p < depth ? image[(size_t(blockIdx.z) * image_plane + pixel) * image_channels + size_t(p / image_channels) * (dilation * image_channels) + p % image_channels] : __half(0.0f);
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
    for (int i = 0; i < kTall; ++i) {
        __syncwarp();
        #pragma unroll
        for (int j = 0; j < kColumns / 2; ++j)
            lines[j / 2 % 2 * 8 + lane_2 / 4][j / 4 * 8 + lane_2 % 4 * 2 + j % 2] = sums[i][j / 4][j % 4];
        __syncwarp();
        if (L % 8 == 0) {
            #pragma unroll 4
            for (int item = lane_2 * 8; item < 16 * kColumns; item += 32 * 8) {
                const int output = first_row + down + i * 16 + item / kColumns;
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
                const int output = first_row + down + i * 16 + item / kColumns;
                const int pixel = first_column + across + item % kColumns;
                if (output < K && pixel < L) {
                    float sum = lines[item / kColumns][item % kColumns];
                    y[(int(blockIdx.z) * K + output) * L + pixel] = __float2half(sum + s[output]);
                }
            }
        }
    }
}
