// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD
//
// bench-set: STAGES=4
// bench-set: TILE_M=64 MIN_BLOCKS=2 STAGES=3
// bench-set: WARPGROUPS=4 TILE_M=64 STAGES=3
// warploom: tune TILE_M = 128 64
// warploom: tune WARPGROUPS = 2 1 3 4
// warploom: tune STAGES = 4 3
// warploom: tune GROUP = 8 4 16 1
// warploom: tune MIN_BLOCKS = 1 2
// warploom: require TILE_M * WARPGROUPS * MIN_BLOCKS <= 256
// warploom: require (STAGES * (TILE_M + WARPGROUPS * 64) * 128 + 2 * TILE_M * 128 + 1024) * MIN_BLOCKS <= 233472
// warploom: launch sgemm<<<dim3(ceil_div(n, WARPGROUPS * 64), ceil_div(m, TILE_M)), WARPGROUPS * 128, STAGES * (TILE_M + WARPGROUPS * 64) * 128 + 2 * TILE_M * 128>>>(a, b, c, m, n, k)

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

// Where an element of the left lies in its tile: lines of 32 elements, in which pieces of 16 bytes change places with the
// line, as the tensor cores expect it of tiles that are swizzled by 128 bytes.
static __device__ __forceinline__ int placeInLeft(int line, int element)
{
    return line * 32 + ((element / 4) ^ (line % 8)) * 4 + element % 4;
}

// Where an element of the right does: the threads of a warp read four lines at a time.
template <int WIDTH>
static __device__ __forceinline__ int placeInRight(int line, int element)
{
    return line * WIDTH + (element ^ (line % 4 * 8));
}

// How the tensor cores find a tile: eight lines take 1024 bytes.
static __device__ __forceinline__ unsigned long long descriptorOf(const void* tile)
{
    const unsigned long long address = (sharedAddress(tile) & 0x3FFFF) >> 4;
    return address | 1ull << 16 | 1024ull >> 4 << 32 | 1ull << 62;
}

// What tensor cores leave out of values, of which they take the first 11 bits.
static __device__ __forceinline__ unsigned lowPart(unsigned value)
{
    return __float_as_uint(__uint_as_float(value) - __uint_as_float(value & 0xffffe000u));
}

static __device__ __forceinline__ uint4 lowParts(uint4 values)
{
    return make_uint4(lowPart(values.x), lowPart(values.y), lowPart(values.z), lowPart(values.w));
}

// By four warps: 64 x 128 sums = or += 64 x 8 of the one, which is in registers, times 8 x 128 of the other.
[[maybe_unused]] static __device__ __forceinline__ void multiplyAdd(float (&sums)[64], uint4 one, unsigned long long other, int adds)
{
    asm volatile("{\n.reg .pred adds;\nsetp.ne.b32 adds, %69, 0;\n"
                 "wgmma.mma_async.sync.aligned.m64n128k8.f32.tf32.tf32 {"
                 "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
                 "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
                 "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
                 "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
                 "}, {%64, %65, %66, %67}, %68, adds, 1, 1;\n}"
                 : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3]), "+f"(sums[4]), "+f"(sums[5]), "+f"(sums[6]), "+f"(sums[7]),
                   "+f"(sums[8]), "+f"(sums[9]), "+f"(sums[10]), "+f"(sums[11]), "+f"(sums[12]), "+f"(sums[13]), "+f"(sums[14]), "+f"(sums[15]),
                   "+f"(sums[16]), "+f"(sums[17]), "+f"(sums[18]), "+f"(sums[19]), "+f"(sums[20]), "+f"(sums[21]), "+f"(sums[22]), "+f"(sums[23]),
                   "+f"(sums[24]), "+f"(sums[25]), "+f"(sums[26]), "+f"(sums[27]), "+f"(sums[28]), "+f"(sums[29]), "+f"(sums[30]), "+f"(sums[31]),
                   "+f"(sums[32]), "+f"(sums[33]), "+f"(sums[34]), "+f"(sums[35]), "+f"(sums[36]), "+f"(sums[37]), "+f"(sums[38]), "+f"(sums[39]),
                   "+f"(sums[40]), "+f"(sums[41]), "+f"(sums[42]), "+f"(sums[43]), "+f"(sums[44]), "+f"(sums[45]), "+f"(sums[46]), "+f"(sums[47]),
                   "+f"(sums[48]), "+f"(sums[49]), "+f"(sums[50]), "+f"(sums[51]), "+f"(sums[52]), "+f"(sums[53]), "+f"(sums[54]), "+f"(sums[55]),
                   "+f"(sums[56]), "+f"(sums[57]), "+f"(sums[58]), "+f"(sums[59]), "+f"(sums[60]), "+f"(sums[61]), "+f"(sums[62]), "+f"(sums[63])
                 : "r"(one.x), "r"(one.y), "r"(one.z), "r"(one.w), "l"(other), "r"(adds));
}

// By four warps: 64 x 64 sums = or += 64 x 8 of the one, which is in registers, times 8 x 64 of the other.
[[maybe_unused]] static __device__ __forceinline__ void multiplyAdd(float (&sums)[32], uint4 one, unsigned long long other, int adds)
{
    asm volatile("{\n.reg .pred adds;\nsetp.ne.b32 adds, %37, 0;\n"
                 "wgmma.mma_async.sync.aligned.m64n64k8.f32.tf32.tf32 {"
                 "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
                 "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
                 "}, {%32, %33, %34, %35}, %36, adds, 1, 1;\n}"
                 : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3]), "+f"(sums[4]), "+f"(sums[5]), "+f"(sums[6]), "+f"(sums[7]),
                   "+f"(sums[8]), "+f"(sums[9]), "+f"(sums[10]), "+f"(sums[11]), "+f"(sums[12]), "+f"(sums[13]), "+f"(sums[14]), "+f"(sums[15]),
                   "+f"(sums[16]), "+f"(sums[17]), "+f"(sums[18]), "+f"(sums[19]), "+f"(sums[20]), "+f"(sums[21]), "+f"(sums[22]), "+f"(sums[23]),
                   "+f"(sums[24]), "+f"(sums[25]), "+f"(sums[26]), "+f"(sums[27]), "+f"(sums[28]), "+f"(sums[29]), "+f"(sums[30]), "+f"(sums[31])
                 : "r"(one.x), "r"(one.y), "r"(one.z), "r"(one.w), "l"(other), "r"(adds));
}

extern "C" __global__ void __launch_bounds__(WARPGROUPS * 128, MIN_BLOCKS) sgemm(const float* a, const float* b, float* c, int m, int n, int k)
{
    // A block computes TILE_M rows of WARPGROUPS * 64 columns, each group of four warps 64 of the columns: the tensor
    // cores take columns for rows. Slices are 32 deep; while one is multiplied, the low parts of the next are made.
    constexpr int kThreads = WARPGROUPS * 128;
    constexpr int kWidth = WARPGROUPS * 64;
    constexpr int kDepth = 32;
    constexpr int kSums = TILE_M / 2;
    using LeftTile = float[TILE_M * kDepth];
    using RightTile = float[kWidth * kDepth];
    extern __shared__ __align__(1024) unsigned char ring[];
    LeftTile* const left_tile = reinterpret_cast<LeftTile*>(ring);
    LeftTile* const low_tile = left_tile + STAGES;
    RightTile* const right_tile = reinterpret_cast<RightTile*>(low_tile + 2);
    const int thread = threadIdx.x;
    const int lane = thread % 32;
    const int across = thread / 32 * 16;
    // Blocks that run at the same time take their tiles from GROUP rows of them: the L2 cache then serves more of the loads.
    const int place = blockIdx.y * gridDim.x + blockIdx.x;
    const int group = place / (GROUP * gridDim.x) * GROUP;
    const int height = min(GROUP, static_cast<int>(gridDim.y) - group);
    const int first_row = (group + place % (GROUP * gridDim.x) % height) * TILE_M;
    const int first_column = place % (GROUP * gridDim.x) / height * kWidth;
    const bool is_wide = k % 4 == 0 && n % 4 == 0;
    float sums[kSums] = {};
    float parts[kSums] = {};
    constexpr int kLeftPieces = TILE_M * 8;
    const int left_line = thread / 8, left_along = thread % 8 * 4;
    const int right_line = thread / (kWidth / 4), right_along = thread % (kWidth / 4) * 4;
    constexpr int left_apart = kThreads / 8, right_apart = kThreads / (kWidth / 4);
    const float* left_from = &a[(first_row + left_line) * k + left_along];
    const float* right_from = &b[right_line * n + first_column + right_along];
    const auto load = [&](int stage, int tile_begin) {
        const int left_rest = tile_begin + left_along < k ? m - first_row - left_line : 0;
        #pragma unroll
        for (int i = 0; i < (TILE_M + left_apart - 1) / left_apart; ++i)
            if (TILE_M % left_apart == 0 || left_line + i * left_apart < TILE_M)
                copyAsync(&left_tile[stage][placeInLeft(left_line + i * left_apart, left_along)], left_from + i * left_apart * k, i * left_apart < left_rest);
        left_from += kDepth;
        const int right_rest = first_column + right_along < n ? k - tile_begin - right_line : 0;
        #pragma unroll
        for (int i = 0; i < kDepth / right_apart; ++i)
            copyAsync(&right_tile[stage][placeInRight<kWidth>(right_line + i * right_apart, right_along)], right_from + i * right_apart * n, i * right_apart < right_rest);
        right_from += kDepth * n;
        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    // Of what the thread has copied itself: it need not wait for the others.
    const auto makeLow = [&](int stage, int buffer) {
        constexpr int kOwn = (kLeftPieces + kThreads - 1) / kThreads;
        uint4 own[kOwn];
        #pragma unroll
        for (int i = 0; i < kOwn; ++i)
            if (kLeftPieces % kThreads == 0 || thread + i * kThreads < kLeftPieces)
                own[i] = reinterpret_cast<const uint4&>(left_tile[stage][placeInLeft((thread + i * kThreads) / 8, thread % 8 * 4)]);
        #pragma unroll
        for (int i = 0; i < kOwn; ++i)
            if (kLeftPieces % kThreads == 0 || thread + i * kThreads < kLeftPieces)
                reinterpret_cast<uint4&>(low_tile[buffer][placeInLeft((thread + i * kThreads) / 8, thread % 8 * 4)]) = lowParts(own[i]);
        // What was copied has to be seen by the tensor cores, which read shared memory past the threads' way.
        asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    };
    const int right_place = placeInRight<kWidth>(lane % 4, across + lane / 4 * 2);
    const auto multiply = [&](int stage, int buffer) {
        uint4 right_high[kDepth / 8], right_low[kDepth / 8];
        #pragma unroll
        for (int i = 0; i < kDepth / 4; ++i)
            reinterpret_cast<uint2*>(&right_high[i / 2])[i % 2] =
                reinterpret_cast<const uint2&>(right_tile[stage][right_place + i * 4 * kWidth]);
        #pragma unroll
        for (int i = 0; i < kDepth / 8; ++i)
            right_low[i] = lowParts(right_high[i]);
        asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
        #pragma unroll
        for (int i = 0; i < kDepth / 8; ++i)
            multiplyAdd(parts, right_low[i], descriptorOf(&left_tile[stage][i * 8]), i > 0);
        #pragma unroll
        for (int i = 0; i < kDepth / 8; ++i)
            multiplyAdd(parts, right_high[i], descriptorOf(&low_tile[buffer][i * 8]), 1);
        #pragma unroll
        for (int i = 0; i < kDepth / 8; ++i)
            multiplyAdd(parts, right_high[i], descriptorOf(&left_tile[stage][i * 8]), 1);
        asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    };
    const auto add = [&] {
        asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
        #pragma unroll
        for (int i = 0; i < kSums; ++i) {
            asm volatile("" : "+f"(parts[i])::"memory");
            sums[i] += parts[i];
        }
    };
    if (is_wide) {
        #pragma unroll
        for (int stage = 0; stage < STAGES - 1; ++stage)
            load(stage, stage * kDepth);
        asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 2) : "memory");
        makeLow(0, 0);
        __syncthreads();
        int stage = 0, buffer = 0;
        #pragma unroll 1
        for (int tile_begin = 0; tile_begin < k; tile_begin += kDepth) {
            multiply(stage, buffer);
            load(stage == 0 ? STAGES - 1 : stage - 1, tile_begin + (STAGES - 1) * kDepth);
            asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 2) : "memory");
            stage = stage + 1 == STAGES ? 0 : stage + 1;
            buffer ^= 1;
            makeLow(stage, buffer);
            add();
            __syncthreads();
        }
    } else {
        #pragma unroll 1
        for (int tile_begin = 0; tile_begin < k; tile_begin += kDepth) {
            #pragma unroll 1
            for (int item = thread; item < TILE_M * kDepth; item += kThreads) {
                const int row = first_row + item / kDepth;
                const int p = tile_begin + item % kDepth;
                const float value = row < m && p < k ? a[row * k + p] : 0.0f;
                left_tile[0][placeInLeft(item / kDepth, item % kDepth)] = value;
                low_tile[0][placeInLeft(item / kDepth, item % kDepth)] = __uint_as_float(lowPart(__float_as_uint(value)));
            }
            #pragma unroll 1
            for (int item = thread; item < kWidth * kDepth; item += kThreads) {
                const int col = first_column + item % kWidth;
                const int p = tile_begin + item / kWidth;
                right_tile[0][placeInRight<kWidth>(item / kWidth, item % kWidth)] = col < n && p < k ? b[p * n + col] : 0.0f;
            }
            asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
            __syncthreads();
            multiply(0, 0);
            add();
            __syncthreads();
        }
    }
    asm volatile("cp.async.wait_all;" ::: "memory");
    // Through shared memory, so that neighbouring lanes store neighbouring columns.
    using Lines = float[TILE_M][20];
    Lines& lines = reinterpret_cast<Lines*>(ring)[thread / 32];
    __syncthreads();
    #pragma unroll
    for (int i = 0; i < kSums; ++i)
        lines[i / 4 * 8 + lane % 4 * 2 + i % 2][lane / 4 * 2 + i / 2 % 2] = sums[i];
    __syncwarp();
    #pragma unroll 4
    for (int item = lane; item < TILE_M * 16; item += 32) {
        const int row = first_row + item / 16;
        const int col = first_column + across + item % 16;
        if (row < m && col < n) {
            float sum = lines[item / 16][item % 16];
            // An infinity has no second part, nor has a value that is rounded to one: added up as before.
            if ((__float_as_uint(sum) & 0x7f800000u) == 0x7f800000u) {
                sum = 0;
                #pragma unroll 1
                for (int p = 0; p < k; ++p)
                    sum += a[row * k + p] * b[p * n + col];
            }
            c[row * n + col] = sum;
        }
    }
}
