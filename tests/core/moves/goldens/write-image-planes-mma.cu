// warploom: scratch image f16[max(1, 8 * ceil_div(channels, 8) * batch * height * width + 16 * ceil_div(channels, 8) * batch * height + 16 * ceil_div(channels, 8) * batch * width + 32 * ceil_div(channels, 8) * batch)]
// warploom: scratch filter f16[max(1, 72 * ceil_div(channels, 8) * filters)]
// warploom: launch layer_image<<<dim3(ceil_div(height * width + 2 * height + 2 * width + 4, WRITE_BLOCK), min(ceil_div(8 * ceil_div(channels, 8), 8), 65535), batch), WRITE_BLOCK>>>(x, channels, height, width, image, width + 2, height * width + 2 * height + 2 * width + 4, 8 * ceil_div(channels, 8))
// warploom: launch layer_filter<<<dim3(ceil_div(72 * ceil_div(channels, 8), WRITE_BLOCK), filters), WRITE_BLOCK>>>(w, channels, filter, 8 * ceil_div(channels, 8), 72 * ceil_div(channels, 8))
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
// warploom: launch layer<<<dim3(ceil_div(height * width + 2 * height - 2, TILE_N), ceil_div(filters, TILE_M), batch), WARPS_M * WARPS_N * 32, max(STAGES * (TILE_M + TILE_N) * TILE_K * 2, WARPS_M * (TILE_N + WARPS_N * 8) * 64)>>>(x, w, s, y, batch, channels, filters, height, width, image, filter, width + 2, 72 * ceil_div(channels, 8), height * width + 2 * height + 2 * width + 4, height * width + 2 * height - 2, 8 * ceil_div(channels, 8))
#include <cuda_fp16.h>
// The image of layer, channels side by side: as far as it is looked at, with what is made of it and zero where nothing is added.
extern "C" __global__ void layer_image(const half* x, int C, int H, int W, __half* __restrict__ image, int image_line, int image_plane, int image_channels)
{
    const int place = blockIdx.x * blockDim.x + threadIdx.x;
    if (place >= image_plane)
        return;
    const int down = 0 + 0 - 1 + place / image_line;
    const int across = 0 + 0 - 1 + place % image_line;
    for (int first = blockIdx.y * 8; first < image_channels; first += gridDim.y * 8) {
        __align__(16) __half lanes[8];
        #pragma unroll
        for (int lane = 0; lane < 8; ++lane) {
            const int i = first + lane;
            // Beyond the channels, and where the kernel adds nothing.
            float value = 0.0f;
            if (i < C) {
                if (down >= 0 && down < H && across >= 0 && across < W) {
                    value = __half2float(x[((int(blockIdx.z) * C + i) * H + down) * W + across]);
                }
            }
            lanes[lane] = __float2half(value);
        }
        *reinterpret_cast<uint4*>(&image[(size_t(blockIdx.z) * image_plane + place) * image_channels + first]) = *reinterpret_cast<const uint4*>(lanes);
    }
}

// The filter of layer, channels of a tap side by side.
extern "C" __global__ void layer_filter(const half* w, int C, __half* __restrict__ filter, int image_channels, int depth)
{
    const int place = blockIdx.x * blockDim.x + threadIdx.x;
    if (place >= depth)
        return;
    const int output = blockIdx.y;
    const int i = place % image_channels;
    const int q = place / image_channels % 3;
    const int p = place / image_channels / 3 % 3;
    float value = 0.0f;
    if (i < C) {
        value = __half2float(w[((output * C + i) * 3 + p) * 3 + q]);
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

extern "C" __global__ void __launch_bounds__(WARPS_M * WARPS_N * 32, MIN_BLOCKS) layer(const half* x, const half* w, const float* s, half* y, int N, int C, int K, int H, int W, const __half* __restrict__ image, const __half* __restrict__ filter, int image_line, int depth, int image_plane, int pixels, int image_channels)
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
    const int down_2 = thread / 32 / WARPS_N * (TILE_M / WARPS_M);
    const int across_2 = thread / 32 % WARPS_N * (TILE_N / WARPS_N);
    // Blocks that run at the same time take their tiles from GROUP rows of them: the L2 cache then serves more of the loads.
    const int place_2 = blockIdx.y * gridDim.x + blockIdx.x;
    const int group = place_2 / (GROUP * gridDim.x) * GROUP;
    const int height_2 = min(GROUP, static_cast<int>(gridDim.y) - group);
    const int first_row = (group + place_2 % (GROUP * gridDim.x) % height_2) * TILE_M;
    const int first_column = place_2 % (GROUP * gridDim.x) / height_2 * TILE_N;
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
    const auto left_at = [&](int output, int p_2) { return &filter[size_t(output) * depth + p_2]; };
    auto left_from = left_at(first_row + left_line, left_along);
    const auto left_stride = left_at(left_apart, 0) - left_at(0, 0);
    constexpr int right_apart = kThreads * 8 / TILE_K;
    const int right_line = thread * 8 / TILE_K;
    const int right_along = thread * 8 % TILE_K;
    const auto right_at = [&](int pixel, int p_2) { return &image[(size_t(blockIdx.z) * image_plane + pixel) * image_channels + size_t(p_2 / (3 * image_channels)) * (image_line * image_channels) + p_2 % (3 * image_channels)]; };
    auto right_from = right_at(first_column + right_line, right_along);
    const auto right_stride = right_at(right_apart, 0) - right_at(0, 0);

    const auto load = [&](int stage, int tile_begin) {
        {
            const int output = first_row + left_line;
            const int p_2 = tile_begin + left_along;
            const auto left_rest = output < K && p_2 < depth ? K - output : 0;
            if (left_is_wide) {
                #pragma unroll
                for (int i_2 = 0; i_2 < TILE_M / left_apart; ++i_2)
                    copyAsync(&left_tile[stage][placeInTile<TILE_K>(left_line + i_2 * left_apart, left_along)], left_from + i_2 * left_stride,
                        i_2 * left_apart < left_rest);
            } else {
                const int left_present = left_rest == 0 ? 0 : depth - p_2 < 8 ? static_cast<int>(depth - p_2) : 8;
                #pragma unroll
                for (int i_2 = 0; i_2 < TILE_M / left_apart; ++i_2)
                    copyPairs(&left_tile[stage][placeInTile<TILE_K>(left_line + i_2 * left_apart, left_along)], left_from + i_2 * left_stride,
                        i_2 * left_apart < left_rest ? left_present : 0);
            }
            left_from += left_at(0, TILE_K) - left_at(0, 0);
        }
        {
            const int pixel = first_column + right_line;
            const int p_2 = tile_begin + right_along;
            const auto right_rest = pixel < pixels && p_2 < depth ? pixels - pixel : 0;
            if (right_is_wide) {
                #pragma unroll
                for (int i_2 = 0; i_2 < TILE_N / right_apart; ++i_2)
                    copyAsync(&right_tile[stage][placeInTile<TILE_K>(right_line + i_2 * right_apart, right_along)], right_from + i_2 * right_stride,
                        i_2 * right_apart < right_rest);
            } else {
                const int right_present = right_rest == 0 ? 0 : depth - p_2 < 8 ? static_cast<int>(depth - p_2) : 8;
                #pragma unroll
                for (int i_2 = 0; i_2 < TILE_N / right_apart; ++i_2)
                    copyPairs(&right_tile[stage][placeInTile<TILE_K>(right_line + i_2 * right_apart, right_along)], right_from + i_2 * right_stride,
                        i_2 * right_apart < right_rest ? right_present : 0);
            }
            right_from = right_at(pixel, p_2 + TILE_K);
        }
        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    const auto read = [&](int buffer, int stage, int step) {
        #pragma unroll
        for (int i_2 = 0; i_2 < kTall; ++i_2)
            loadMatrices(left_part[buffer][i_2], &left_tile[stage][placeInTile<TILE_K>(
                down_2 + i_2 * 16 + lane_2 % 16, step + lane_2 / 16 * 8)]);
        #pragma unroll
        for (int j = 0; j < kBroad; ++j)
            loadMatrices(right_part[buffer][j], &right_tile[stage][placeInTile<TILE_K>(
                across_2 + j * 16 + lane_2 / 16 * 8 + lane_2 % 8, step + lane_2 / 8 % 2 * 8)]);
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
                const int p_2 = tile_begin + left_along;
                left_tile[0][placeInTile<TILE_K>(left_line, left_along)] =
                    output < K && p_2 < depth ? filter[size_t(output) * depth + p_2] : __half(0.0f);
            }
            #pragma unroll 4
            for (int item = thread; item < TILE_N * TILE_K; item += kThreads) {
                const int right_line = item / TILE_K;
                const int right_along = item % TILE_K;
                const int pixel = first_column + right_line;
                const int p_2 = tile_begin + right_along;
                right_tile[0][placeInTile<TILE_K>(right_line, right_along)] =
                    pixel < pixels && p_2 < depth ? image[(size_t(blockIdx.z) * image_plane + pixel) * image_channels + size_t(p_2 / (3 * image_channels)) * (image_line * image_channels) + p_2 % (3 * image_channels)] : __half(0.0f);
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
        #pragma unroll 4
        for (int item = lane_2; item < 16 * kColumns; item += 32) {
            const int output = first_row + down_2 + i_2 * 16 + item / kColumns;
            const int pixel = first_column + across_2 + item % kColumns;
            if (output < K && pixel < pixels) {
                float sum = lines[item / kColumns][item % kColumns];
                const int row = unsigned(pixel) / unsigned(image_line);
                const int column = unsigned(pixel) % unsigned(image_line);
                if (column < W) {
                    y[(((((long long)(int(blockIdx.z))) * K + output) * H + row) * W + column)] = __float2half(sum + s[output]);
                }
            }
        }
    }
}
