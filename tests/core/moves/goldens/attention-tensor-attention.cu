// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Attention, forward: one thread works through one query, in three passes over the keys (maximum, sum, result). Inputs
// and results are half precision, all arithmetic is float. The first dimension is batch times heads.
//
// Each pass computes the same dot products again, every thread loads all keys and values of its head by itself, and the
// tensor cores have nothing to do.
//
// warploom: tune QUERIES = 128 64 256
// warploom: tune KEYS = 64 128 32
// warploom: tune WARPS = 4 8 2
// warploom: tune STAGES = 2 3 4
// warploom: tune AHEAD = 0 1
// warploom: tune MIN_BLOCKS = 1 2 3
// warploom: require QUERIES % (WARPS * 16) == 0 && QUERIES / WARPS <= 64
// warploom: require STAGES >= AHEAD + 2
// warploom: require WARPS * MIN_BLOCKS <= 16
// warploom: launch attention<<<dim3(ceil_div(seq, QUERIES), heads), WARPS * 32, STAGES * KEYS * 288>>>(q, k, v, y, seq, scale)

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
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
                 "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
                 : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]), "r"(right_low), "r"(right_high));
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

extern "C" __global__ void __launch_bounds__(WARPS * 32, MIN_BLOCKS) attention(const half* q, const half* k, const half* v, half* y, int seq, float scale)
{
    // A block works through QUERIES rows on the tensor cores, KEYS keys at a time. Each of its WARPS warps keeps its rows'
    // queries and results in registers, as fragments of 16 rows; keys and values come through a ring of STAGES
    // buffers, whose lines are 16 bytes longer than needed: eight of them then lie in different banks. Maximum, sum
    // and result of a row go on from tile to tile and shrink where a far larger score turns up. Scores become weights
    // where they are: what a thread holds of two fragments of 16 x 8 sums is what it needs of 16 x 16 factors. With
    // AHEAD the tensor cores compute the next tile's scores while this one's exponentials are taken.
    constexpr int kDepth = 64;
    constexpr int kWidth = 64;
    constexpr int kThreads = WARPS * 32;
    constexpr int kTall = QUERIES / WARPS / 16;
    using KeyTile = half[KEYS][kDepth + 8];
    using ValueTile = half[KEYS][kWidth + 8];
    extern __shared__ __align__(16) unsigned char ring[];
    KeyTile* const key_tile = reinterpret_cast<KeyTile*>(ring);
    ValueTile* const value_tile = reinterpret_cast<ValueTile*>(key_tile + STAGES);
    const int thread = threadIdx.x;
    const int lane = thread % 32;
    const int first = blockIdx.x * QUERIES;
    const int first_row = first + thread / 32 * (kTall * 16);  // of the warp
    const int key_count = seq;
    // exp(x) is 2 to the power of x / log(2). What scores are scaled with is made positive by the queries' signs, so
    // that the largest score has the largest weight, and is never 0, so that no key stays none.
    const float signed_scale = scale * 1.44269504f;
    const unsigned signs = signed_scale < 0 ? 0x80008000u : 0u;
    const float factor = fmaxf(fabsf(signed_scale), 1.0e-30f);

    const auto load = [&](int stage, int tile_begin) {
        #pragma unroll
        for (int item = thread; item < KEYS * (kDepth / 8); item += kThreads) {
            const int place = item / (kDepth / 8);
            const int d = item % (kDepth / 8) * 8;
            const int j = tile_begin + place;
            copyAsync(&key_tile[stage][place][d], j < key_count ? &k[size_t(blockIdx.y) * seq * 64 + size_t(j) * 64 + d] : k, j < key_count);
        }
        #pragma unroll
        for (int item = thread; item < KEYS * (kWidth / 8); item += kThreads) {
            const int place = item / (kWidth / 8);
            const int d = item % (kWidth / 8) * 8;
            const int j = tile_begin + place;
            copyAsync(&value_tile[stage][place][d], j < key_count ? &v[size_t(blockIdx.y) * seq * 64 + size_t(j) * 64 + d] : v, j < key_count);
        }
        asm volatile("cp.async.commit_group;" ::: "memory");
    };
    #pragma unroll
    for (int stage = 0; stage < STAGES - 1; ++stage)
        load(stage, stage * KEYS);

    unsigned query_part[kTall][kDepth / 16][4];
    #pragma unroll
    for (int i = 0; i < kTall; ++i)
        #pragma unroll
        for (int c = 0; c < kDepth / 16; ++c)
            #pragma unroll
            for (int e = 0; e < 4; ++e) {
                const int row = first_row + i * 16 + e % 2 * 8 + lane / 4;
                const int d = c * 16 + e / 2 * 8 + lane % 4 * 2;
                query_part[i][c][e] = row < seq ? *reinterpret_cast<const unsigned*>(&q[size_t(blockIdx.y) * seq * 64 + size_t(row) * 64 + d]) ^ signs : 0u;
            }
    float results[kTall][kWidth / 8][4] = {};
    float sums[kTall * 2] = {};
    float peaks[kTall * 2];
    #pragma unroll
    for (int i = 0; i < kTall * 2; ++i)
        peaks[i] = -3.0e38f;

    const auto multiply = [&](int stage, float (&scores)[kTall][KEYS / 8][4]) {
        #pragma unroll
        for (int c = 0; c < kDepth / 16; ++c)
            #pragma unroll
            for (int column = 0; column < KEYS / 16; ++column) {
                unsigned part[4];
                loadMatrices(part, &key_tile[stage][column * 16 + lane / 16 * 8 + lane % 8][c * 16 + lane / 8 % 2 * 8]);
                #pragma unroll
                for (int i = 0; i < kTall; ++i) {
                    multiplyAdd(scores[i][2 * column], query_part[i][c], part[0], part[1]);
                    multiplyAdd(scores[i][2 * column + 1], query_part[i][c], part[2], part[3]);
                }
            }
    };
    float ahead[kTall][KEYS / 8][4] = {};  // the next tile's, where AHEAD is 1
    if constexpr (AHEAD != 0) {
        asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 2) : "memory");
        __syncthreads();
        multiply(0, ahead);
    }

    int stage = 0;
    for (int tile_begin = 0; tile_begin < key_count; tile_begin += KEYS) {
        asm volatile("cp.async.wait_group %0;" ::"n"(STAGES - 2 - AHEAD) : "memory");
        __syncthreads();
        load(stage == 0 ? STAGES - 1 : stage - 1, tile_begin + (STAGES - 1) * KEYS);

        float scores[kTall][KEYS / 8][4] = {};
        if constexpr (AHEAD == 0) {
            multiply(stage, scores);
        } else {
            #pragma unroll
            for (int i = 0; i < kTall * (KEYS / 8) * 4; ++i)
                scores[i / (KEYS / 2)][i / 4 % (KEYS / 8)][i % 4] = ahead[i / (KEYS / 2)][i / 4 % (KEYS / 8)][i % 4];
        }
        if (tile_begin + KEYS > key_count) {
            #pragma unroll
            for (int i = 0; i < kTall; ++i)
                #pragma unroll
                for (int column = 0; column < KEYS / 8; ++column)
                    #pragma unroll
                    for (int e = 0; e < 4; ++e) {
                        const int j = tile_begin + column * 8 + lane % 4 * 2 + e % 2;
                        scores[i][column][e] = j < key_count ? scores[i][column][e] : __int_as_float(0xff800000);
                    }
        }
        if constexpr (AHEAD != 0) {
            #pragma unroll
            for (int i = 0; i < kTall * (KEYS / 8) * 4; ++i)
                ahead[i / (KEYS / 2)][i / 4 % (KEYS / 8)][i % 4] = 0;
            multiply(stage + 1 == STAGES ? 0 : stage + 1, ahead);
        }

        // Rows i / 2 * 16 + i % 2 * 8 + lane / 4, each in four neighbouring lanes. Weights may grow to 256 before what
        // they are relative to goes up: results need not shrink with each larger score.
        float shrink[kTall * 2];
        bool shrinks = false;
        #pragma unroll
        for (int i = 0; i < kTall * 2; ++i) {
            float highest = peaks[i];
            #pragma unroll
            for (int column = 0; column < KEYS / 8; ++column)
                highest = fmaxf(highest, fmaxf(scores[i / 2][column][i % 2 * 2], scores[i / 2][column][i % 2 * 2 + 1]));
            highest = fmaxf(highest, __shfl_xor_sync(0xffffffffu, highest, 1));
            highest = fmaxf(highest, __shfl_xor_sync(0xffffffffu, highest, 2));
            const bool is_higher = (highest - peaks[i]) * factor > 8.0f;
            highest = is_higher ? highest : peaks[i];
            const float shift = -highest * factor;
            shrink[i] = is_higher ? powerOfTwo(fmaf(peaks[i], factor, shift)) : 1.0f;
            shrinks = shrinks || is_higher;
            peaks[i] = highest;
            sums[i] *= shrink[i];
            #pragma unroll
            for (int column = 0; column < KEYS / 8; ++column)
                #pragma unroll
                for (int e = 0; e < 2; ++e) {
                    float& share = scores[i / 2][column][i % 2 * 2 + e];
                    share = powerOfTwo(fmaf(share, factor, shift));
                    sums[i] += share;
                }
        }
        if (__any_sync(0xffffffffu, shrinks)) {
            #pragma unroll
            for (int i = 0; i < kTall * 2; ++i)
                #pragma unroll
                for (int column = 0; column < kWidth / 4; ++column)
                    results[i / 2][column / 2][i % 2 * 2 + column % 2] *= shrink[i];
        }

        #pragma unroll
        for (int c = 0; c < KEYS / 16; ++c) {
            unsigned weight_part[kTall][4];
            #pragma unroll
            for (int i = 0; i < kTall; ++i)
                #pragma unroll
                for (int e = 0; e < 4; ++e)
                    weight_part[i][e] = packedPair(scores[i][2 * c + e / 2][e % 2 * 2],
                                                   scores[i][2 * c + e / 2][e % 2 * 2 + 1]);
            #pragma unroll
            for (int column = 0; column < kWidth / 16; ++column) {
                unsigned part[4];
                loadTransposed(part, &value_tile[stage][c * 16 + lane % 16][column * 16 + lane / 16 * 8]);
                #pragma unroll
                for (int i = 0; i < kTall; ++i) {
                    multiplyAdd(results[i][2 * column], weight_part[i], part[0], part[1]);
                    multiplyAdd(results[i][2 * column + 1], weight_part[i], part[2], part[3]);
                }
            }
        }
        stage = stage + 1 == STAGES ? 0 : stage + 1;
    }

    #pragma unroll
    for (int i = 0; i < kTall * 2; ++i) {
        sums[i] += __shfl_xor_sync(0xffffffffu, sums[i], 1);
        sums[i] += __shfl_xor_sync(0xffffffffu, sums[i], 2);
        const float inverse = 1.0f / sums[i];
        const int row = first_row + i / 2 * 16 + i % 2 * 8 + lane / 4;
        if (row < seq) {
            #pragma unroll
            for (int c = 0; c < kWidth / 4; ++c) {
                const int d = c / 2 * 8 + lane % 4 * 2 + c % 2;
                const float mean = results[i / 2][c / 2][i % 2 * 2 + c % 2] * inverse;
                y[size_t(blockIdx.y) * seq * 64 + size_t(row) * 64 + d] = __float2half(mean);
            }
        }
    }
}
