// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Attention, forward: one thread works through one query, in three passes over the keys (maximum, sum, result). Inputs
// and results are half precision, all arithmetic is float. The first dimension is batch times heads.
//
// Each pass computes the same dot products again, every thread loads all keys and values of its head by itself, and the
// tensor cores have nothing to do.
//
// warploom: tune QUERIES = 128 256 192
// warploom: tune KEYS = 64 128
// warploom: tune STAGES = 4 5
// warploom: tune ORDERED = 1 0
// warploom: tune RESIDENT_ROWS = 256 128
// warploom: require QUERIES <= RESIDENT_ROWS
// warploom: require RESIDENT_ROWS * (KEYS * 3 / 4 + 80) <= 32768
// warploom: require (max(STAGES * KEYS * 256 + 1040, QUERIES * 288) + 1024) * (RESIDENT_ROWS / QUERIES) <= 233472
// warploom: launch attention<<<dim3(ceil_div(seq, QUERIES), heads), QUERIES * 2, max(STAGES * KEYS * 256 + 1040, QUERIES * 288)>>>(q, k, v, y, seq, scale)

#include <cuda_fp16.h>

constexpr int kDim = 64;

__device__ float score(const half* query, const half* key, float scale)
{
    float sum = 0;
    for (int d = 0; d < kDim; ++d)
        sum += __half2float(query[d]) * __half2float(key[d]);
    return sum * scale;
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

// By four warps: 64 x 64 sums, or zeros where adds is 0, += 64 x 16 of the left, in registers, times 16 x 64 of the
// right, in shared memory, whose lines are as deep or, where TURNS is 1, as wide as the product.
template <int TURNS>
[[maybe_unused]] static __device__ __forceinline__ void multiplyAdd(float (&sums)[32], const unsigned (&left)[4],
                                                   unsigned long long right, int adds)
{
    asm volatile("{\n.reg .pred adds;\nsetp.ne.b32 adds, %37, 0;\n"
                 "wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 {"
                 "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
                 "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
                 "}, {%32, %33, %34, %35}, %36, adds, 1, 1, %38;\n}"
                 : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3]), "+f"(sums[4]), "+f"(sums[5]), "+f"(sums[6]), "+f"(sums[7]),
                   "+f"(sums[8]), "+f"(sums[9]), "+f"(sums[10]), "+f"(sums[11]), "+f"(sums[12]), "+f"(sums[13]), "+f"(sums[14]), "+f"(sums[15]),
                   "+f"(sums[16]), "+f"(sums[17]), "+f"(sums[18]), "+f"(sums[19]), "+f"(sums[20]), "+f"(sums[21]), "+f"(sums[22]), "+f"(sums[23]),
                   "+f"(sums[24]), "+f"(sums[25]), "+f"(sums[26]), "+f"(sums[27]), "+f"(sums[28]), "+f"(sums[29]), "+f"(sums[30]), "+f"(sums[31])
                 : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]), "l"(right), "r"(adds), "n"(TURNS));
}

// By four warps: 64 x 128 sums, or zeros where adds is 0, += 64 x 16 of the left, in registers, times 16 x 128 of the
// right, in shared memory, whose lines are as deep or, where TURNS is 1, as wide as the product.
template <int TURNS>
[[maybe_unused]] static __device__ __forceinline__ void multiplyAdd(float (&sums)[64], const unsigned (&left)[4],
                                                   unsigned long long right, int adds)
{
    asm volatile("{\n.reg .pred adds;\nsetp.ne.b32 adds, %69, 0;\n"
                 "wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 {"
                 "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
                 "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
                 "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
                 "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
                 "}, {%64, %65, %66, %67}, %68, adds, 1, 1, %70;\n}"
                 : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3]), "+f"(sums[4]), "+f"(sums[5]), "+f"(sums[6]), "+f"(sums[7]),
                   "+f"(sums[8]), "+f"(sums[9]), "+f"(sums[10]), "+f"(sums[11]), "+f"(sums[12]), "+f"(sums[13]), "+f"(sums[14]), "+f"(sums[15]),
                   "+f"(sums[16]), "+f"(sums[17]), "+f"(sums[18]), "+f"(sums[19]), "+f"(sums[20]), "+f"(sums[21]), "+f"(sums[22]), "+f"(sums[23]),
                   "+f"(sums[24]), "+f"(sums[25]), "+f"(sums[26]), "+f"(sums[27]), "+f"(sums[28]), "+f"(sums[29]), "+f"(sums[30]), "+f"(sums[31]),
                   "+f"(sums[32]), "+f"(sums[33]), "+f"(sums[34]), "+f"(sums[35]), "+f"(sums[36]), "+f"(sums[37]), "+f"(sums[38]), "+f"(sums[39]),
                   "+f"(sums[40]), "+f"(sums[41]), "+f"(sums[42]), "+f"(sums[43]), "+f"(sums[44]), "+f"(sums[45]), "+f"(sums[46]), "+f"(sums[47]),
                   "+f"(sums[48]), "+f"(sums[49]), "+f"(sums[50]), "+f"(sums[51]), "+f"(sums[52]), "+f"(sums[53]), "+f"(sums[54]), "+f"(sums[55]),
                   "+f"(sums[56]), "+f"(sums[57]), "+f"(sums[58]), "+f"(sums[59]), "+f"(sums[60]), "+f"(sums[61]), "+f"(sums[62]), "+f"(sums[63])
                 : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]), "l"(right), "r"(adds), "n"(TURNS));
}

// The same with eight columns, for sums of the left's lines: the right are ones.
static __device__ __forceinline__ void addUp(float (&sums)[4], const unsigned (&left)[4], unsigned long long ones)
{
    asm volatile("wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {%0, %1, %2, %3}, {%4, %5, %6, %7}, %8, 1, 1, 1, 0;"
                 : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
                 : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]), "l"(ones));
}

// Waits until no more than PENDING groups of products are under way.
template <int PENDING>
static __device__ __forceinline__ void waitForProducts()
{
    asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(PENDING) : "memory");
}

// Registers that the tensor cores work on: what the code does with them stays on its side of this.
template <int COUNT>
static __device__ __forceinline__ void pin(float (&registers)[COUNT])
{
    #pragma unroll
    for (int i = 0; i < COUNT; ++i)
        asm volatile("" : "+f"(registers[i])::"memory");
}

// Counts this warp in at a barrier; who waits for the barrier's turn goes on once all warps are in.
static __device__ __forceinline__ void enter(unsigned barrier)
{
    __syncwarp();
    if (threadIdx.x % 32 == 0)
        asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
}

static __device__ __forceinline__ void waitForAll(unsigned barrier, int turn)
{
    asm volatile("{\n.reg .pred done;\nagain_%=: mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
                 "@!done bra again_%=;\n}" ::"r"(barrier), "r"(turn)
                 : "memory");
}

// Two floats as neighbours of 16 bits, the first one below.
static __device__ __forceinline__ unsigned packedPair(float low, float high)
{
    unsigned pair;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
}

// 2 to the power of x in one instruction; 0 where that is below what floats hold in full.
static __device__ __forceinline__ float powerOfTwo(float x)
{
    float result;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
    return result;
}

extern "C" __global__ void __launch_bounds__(QUERIES * 2, RESIDENT_ROWS / QUERIES) attention(const half* q, const half* k, const half* v, half* y, int seq, float scale)
{
    // A block works through QUERIES rows on the tensor cores, KEYS keys at a time, each group of four warps through 64 of
    // the rows. Queries, scores, weights and results stay in registers; keys and values come through rings of STAGES
    // buffers, from which the tensor cores take them. Scores become weights where they are: what a thread holds of
    // 64 x 16 sums is what it needs of 64 x 16 factors. Tile by tile, the scores are computed together with the
    // products of the weights and values of the tile before, which go on while exponentials are taken. With ORDERED
    // the groups take turns at the tensor cores, so that one has them while others take exponentials.
    constexpr int kDepth = 64;
    constexpr int kWidth = 64;
    constexpr int kThreads = QUERIES * 2;
    constexpr int kGroups = QUERIES / 64;
    using KeyTile = half[KEYS * ((kDepth + 63) / 64 * 64)];
    using ValueTile = half[KEYS * kWidth];
    extern __shared__ __align__(1024) unsigned char ring[];
    KeyTile* const key_tile = reinterpret_cast<KeyTile*>(ring);
    ValueTile* const value_tile = reinterpret_cast<ValueTile*>(key_tile + STAGES);
    const int thread = threadIdx.x;
    const int lane = thread % 32;
    const int group = thread / 128;
    const int first = blockIdx.x * QUERIES;
    const int first_row = first + thread / 32 * 16;  // of the warp
    const int key_count = seq;
    // exp(x) is 2 to the power of x / log(2). What scores are scaled with is made positive by the queries' signs, so
    // that the largest score has the largest weight, and is never 0, so that no key stays none.
    const float signed_scale = scale * 1.44269504f;
    const unsigned signs = signed_scale < 0 ? 0x80008000u : 0u;
    const float factor = fmaxf(fabsf(signed_scale), 1.0e-30f);

    // A tile of keys, and the values of the tile before it: the two are needed together. Lines past the last key are
    // zeros, as weights of 0 are multiplied with them.
    const auto load = [&](int stage, int before, int tile_begin) {
        constexpr int kKeyPieces = KEYS * (kDepth / 8);
        #pragma unroll
        for (int i = 0; i < (kKeyPieces + kThreads - 1) / kThreads; ++i) {
            const int item = i * kThreads + thread;
            const int place = item / (kDepth / 8);
            const int d = item % (kDepth / 8) * 8;
            const int j = min(static_cast<int>(tile_begin + place), static_cast<int>(key_count - 1));
            if (kKeyPieces % kThreads == 0 || item < kKeyPieces)
                copyAsync(&key_tile[stage][placeInTile<KEYS>(place, d)], &k[size_t(blockIdx.y) * seq * 64 + size_t(j) * 64 + d], tile_begin + place < key_count);
        }
        if (tile_begin > 0) {
            constexpr int kValuePieces = KEYS * (kWidth / 8);
            #pragma unroll
            for (int i = 0; i < (kValuePieces + kThreads - 1) / kThreads; ++i) {
                const int item = i * kThreads + thread;
                const int place = item / (kWidth / 8);
                const int d = item % (kWidth / 8) * 8;
                const int own = tile_begin - KEYS + place;
                const int j = min(own, static_cast<int>(key_count - 1));
                if (kValuePieces % kThreads == 0 || item < kValuePieces)
                    copyAsync(&value_tile[before][placeInTile<KEYS>(place, d)], &v[size_t(blockIdx.y) * seq * 64 + size_t(j) * 64 + d], own < key_count);
            }
        }
        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    #pragma unroll
    for (int stage = 0; stage < STAGES - 2; ++stage)
        load(stage, (stage + STAGES - 1) % STAGES, stage * KEYS);

    unsigned query_part[kDepth / 16][4];
    #pragma unroll
    for (int c = 0; c < kDepth / 16; ++c)
        #pragma unroll
        for (int e = 0; e < 4; ++e) {
            const int row = first_row + e % 2 * 8 + lane / 4;
            const int d = c * 16 + e / 2 * 8 + lane % 4 * 2;
            query_part[c][e] = row < seq ? *reinterpret_cast<const unsigned*>(&q[size_t(blockIdx.y) * seq * 64 + size_t(row) * 64 + d]) ^ signs : 0u;
        }
    float results[kWidth / 2] = {};
    float scores[KEYS / 2] = {};
    unsigned weight_part[KEYS / 16][4];
    float sums[4] = {};  // of weights: twice each of two rows'
    float peaks[2] = {-3.0e38f, -3.0e38f};

    // Weights are summed as they are multiplied, by the tensor cores, as products with ones.
    unsigned* const ones = reinterpret_cast<unsigned*>(value_tile + STAGES);
    for (int i = thread; i < 256; i += kThreads)
        ones[i] = 0x3c003c00u;
    // Two barriers, for tiles in turn. A warp that has its copies of a tile enters the tile's barrier one tile early, and
    // so seldom waits there for others. What was copied has to be seen by the tensor cores, which read shared memory
    // past the threads' way.
    const unsigned barriers = sharedAddress(ones + 256);
    if (thread < 2)
        asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barriers + thread * 8), "r"(kThreads / 32) : "memory");
    asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 3) : "memory");
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    __syncthreads();
    enter(barriers);
    if (ORDERED != 0 && group == kGroups - 1)
        asm volatile("bar.arrive 1, 256;" ::: "memory");
    const auto arrive = [&](int tile) {
        asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 4) : "memory");
        asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
        enter(barriers + (tile + 1) % 2 * 8);
        waitForAll(barriers + tile % 2 * 8, tile / 2 % 2);
        if constexpr (ORDERED != 0)
            asm volatile("bar.sync %0, 256;" ::"r"(1 + group) : "memory");
    };
    // The next group's turn.
    const auto leave = [&] {
        if constexpr (ORDERED != 0)
            asm volatile("bar.arrive %0, 256;" ::"r"(1 + (group + 1 == kGroups ? 0 : group + 1)) : "memory");
    };
    const unsigned long long ones_at = descriptorOf(ones, 16);
    const unsigned long long keys_at = descriptorOf(key_tile, 16);
    const unsigned long long values_at = descriptorOf(value_tile, KEYS * 128);
    const auto multiplyKeys = [&](int stage) {
        const unsigned long long at = keys_at + stage * (sizeof(KeyTile) / 16);
        #pragma unroll
        for (int c = 0; c < kDepth / 16; ++c)
            multiplyAdd<0>(scores, query_part[c], at + c / 4 * (KEYS * 8) + c % 4 * 2, c > 0);
        asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    };
    const auto addValues = [&](int stage) {
        const unsigned long long at = values_at + stage * (sizeof(ValueTile) / 16);
        #pragma unroll
        for (int c = 0; c < KEYS / 16; ++c) {
            multiplyAdd<1>(results, weight_part[c], at + c * 128, 1);
            addUp(sums, weight_part[c], ones_at);
        }
        asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    };
    // Element i of a thread's sums: row i / 2 % 2 * 8 + lane / 4 of the warp, column i / 4 * 8 + lane % 4 * 2 + i % 2.
    const auto weigh = [&](int tile_begin) {
        if (tile_begin + KEYS > key_count) {
            #pragma unroll
            for (int i = 0; i < KEYS / 2; ++i) {
                const int j = tile_begin + i / 4 * 8 + lane % 4 * 2 + i % 2;
                scores[i] = j < key_count ? scores[i] : __int_as_float(0xff800000);
            }
        }
        // Weights may grow to 256 before what they are relative to goes up: results need not shrink with each larger
        // score, nor the four lanes that share a row agree on the largest one.
        float highest[2] = {scores[0], scores[2]};
        #pragma unroll
        for (int i = 1; i < KEYS / 2; ++i)
            highest[i / 2 % 2] = fmaxf(highest[i / 2 % 2], scores[i]);
        const bool is_higher =
            fmaxf((highest[0] - peaks[0]) * factor, (highest[1] - peaks[1]) * factor) > 8.0f;
        if (__any_sync(0xffffffffu, is_higher)) {
            float shrink[2];
            #pragma unroll
            for (int i = 0; i < 2; ++i) {
                highest[i] = fmaxf(highest[i], __shfl_xor_sync(0xffffffffu, highest[i], 1));
                highest[i] = fmaxf(highest[i], __shfl_xor_sync(0xffffffffu, highest[i], 2));
                highest[i] = fmaxf(highest[i], peaks[i]);
                shrink[i] = powerOfTwo((peaks[i] - highest[i]) * factor);
                peaks[i] = highest[i];
            }
            waitForProducts<0>();
            pin(results);
            pin(sums);
            #pragma unroll
            for (int i = 0; i < kWidth / 2; ++i)
                results[i] *= shrink[i / 2 % 2];
            #pragma unroll
            for (int i = 0; i < 4; ++i)
                sums[i] *= shrink[i / 2];
        }
        #pragma unroll
        for (int i = 0; i < KEYS / 2; ++i)
            scores[i] = powerOfTwo(fmaf(scores[i], factor, -peaks[i / 2 % 2] * factor));
        pin(scores);
    };
    // Once the products of the weights before are done.
    const auto settle = [&] {
        waitForProducts<0>();
        pin(results);
        pin(sums);
        #pragma unroll
        for (int i = 0; i < KEYS / 4; ++i)
            weight_part[i / 4][i % 4] = packedPair(scores[i * 2], scores[i * 2 + 1]);
    };

    arrive(0);
    pin(scores);
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
    multiplyKeys(0);
    leave();
    load(STAGES - 2, STAGES - 3, (STAGES - 2) * KEYS);
    waitForProducts<0>();
    pin(scores);
    weigh(0);
    int tile = 0;
    int before = 0;
    for (int tile_begin = KEYS; tile_begin < key_count; tile_begin += KEYS) {
        settle();
        const int stage = before + 1 == STAGES ? 0 : before + 1;
        arrive(++tile);
        pin(scores);
        pin(results);
        pin(sums);
        asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
        multiplyKeys(stage);
        addValues(before);
        leave();
        // All threads are done with the keys before the tile before and with the values before those.
        load(before == 0 ? STAGES - 1 : before - 1, before <= 1 ? before + STAGES - 2 : before - 2,
             tile_begin + (STAGES - 2) * KEYS);
        waitForProducts<1>();
        pin(scores);
        weigh(tile_begin);
        before = stage;
    }
    settle();
    arrive(tile + 1);
    pin(results);
    pin(sums);
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
    addValues(before);
    leave();
    waitForProducts<0>();
    pin(results);
    pin(sums);
    asm volatile("cp.async.wait_all;" ::: "memory");

    // Through shared memory, so that neighbouring lanes store neighbouring elements.
    using Lines = float[16][kWidth + 8];
    Lines& lines = reinterpret_cast<Lines*>(ring)[thread / 32];
    const float inverse[2] = {1.0f / sums[0], 1.0f / sums[2]};
    __syncthreads();
    #pragma unroll
    for (int i = 0; i < kWidth / 2; ++i)
        lines[i / 2 % 2 * 8 + lane / 4][i / 4 * 8 + lane % 4 * 2 + i % 2] = results[i] * inverse[i / 2 % 2];
    __syncwarp();
    #pragma unroll
    for (int i = 0; i < kWidth / 2; ++i) {
        const int row = first_row + (i * 32 + lane) / kWidth;
        const int d = (i * 32 + lane) % kWidth;
        if (row < seq) {
            const float mean = lines[(i * 32 + lane) / kWidth][d];
            y[size_t(blockIdx.y) * seq * 64 + size_t(row) * 64 + d] = __float2half(mean);
        }
    }
}
