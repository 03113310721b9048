// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Attention, forward: one thread works through one query, in three passes over the keys (maximum, sum, result). Inputs
// and results are half precision, all arithmetic is float. The first dimension is batch times heads.
//
// Each pass computes the same dot products again, every thread loads all keys and values of its head by itself, and the
// tensor cores have nothing to do.
//
// warploom: tune QUERIES = 64 128 32
// warploom: tune KEYS = 64 32 128
// warploom: tune ROWS = 4 8 2
// warploom: tune MIN_BLOCKS = 2 1 3
// warploom: require QUERIES / ROWS * 16 * MIN_BLOCKS <= 1024
// warploom: launch attention<<<dim3(ceil_div(seq, QUERIES), heads), QUERIES / ROWS * 16, 4 * ((QUERIES + KEYS) * 68 + KEYS * 64 + QUERIES * (KEYS + 4))>>>(q, k, v, y, seq, scale)

#include <cuda_fp16.h>

constexpr int kDim = 64;

__device__ float score(const half* query, const half* key, float scale)
{
    float sum = 0;
    for (int d = 0; d < kDim; ++d)
        sum += __half2float(query[d]) * __half2float(key[d]);
    return sum * scale;
}

extern "C" __global__ void __launch_bounds__(QUERIES / ROWS * 16, MIN_BLOCKS) attention(const half* q, const half* k, const half* v, half* y, int seq, float scale)
{
    // A block works through QUERIES rows, KEYS keys at a time, which lie in shared memory. Maximum, sum and result of a
    // row go on from one tile to the next and shrink where a larger score turns up: each score is computed once. 16
    // neighbouring threads share ROWS rows.
    constexpr int kDepth = 64;
    constexpr int kWidth = 64;
    constexpr int kThreads = QUERIES / ROWS * 16;
    constexpr int kColumns = KEYS / 16;  // keys a thread
    constexpr int kParts = kWidth / 16;  // elements of a result a thread, of which as many are neighbours:
    constexpr int kNear = kParts % 4 == 0 ? 4 : kParts % 2 == 0 ? 2 : 1;
    extern __shared__ __align__(16) float tiles[];
    auto* const query_tile = reinterpret_cast<float(*)[kDepth + 4]>(tiles);
    auto* const key_tile = reinterpret_cast<float(*)[kDepth + 4]>(query_tile + QUERIES);
    auto* const value_tile = reinterpret_cast<float(*)[kWidth]>(key_tile + KEYS);
    auto* const weight_tile = reinterpret_cast<float(*)[KEYS + 4]>(value_tile + KEYS);
    const int thread = threadIdx.x;
    const int down = thread / 16 * ROWS;
    const int across = thread % 16;
    const int first = blockIdx.x * QUERIES;
    const int key_count = seq;
    float results[ROWS][kParts] = {};
    float sums[ROWS] = {};
    float peaks[ROWS];
    #pragma unroll
    for (int i = 0; i < ROWS; ++i)
        peaks[i] = -3.0e38f;

    for (int item = thread; item < QUERIES * kDepth; item += kThreads) {
        const int place = item / kDepth;
        const int d = item % kDepth;
        const int row = first + place;
        query_tile[place][d] = row < seq ? float(__half2float(__half(q[size_t(blockIdx.y) * seq * 64 + size_t(row) * 64 + d]))) : float(0);
    }
    for (int tile_begin = 0; tile_begin < key_count; tile_begin += KEYS) {
        __syncthreads();  // what the last tile held has been read
        for (int item = thread; item < KEYS * kDepth; item += kThreads) {
            const int place = item / kDepth;
            const int d = item % kDepth;
            const int j = tile_begin + place;
            key_tile[place][d] = j < key_count ? float(__half2float(__half(k[size_t(blockIdx.y) * seq * 64 + size_t(j) * 64 + d]))) : float(0);
        }
        for (int item = thread; item < KEYS * kWidth; item += kThreads) {
            const int place = item / kWidth;
            const int d = item % kWidth;
            const int j = tile_begin + place;
            value_tile[place][d] = j < key_count ? float(__half2float(__half(v[size_t(blockIdx.y) * seq * 64 + size_t(j) * 64 + d]))) : float(0);
        }
        __syncthreads();

        float scores[ROWS][kColumns] = {};
        #pragma unroll 4
        for (int d = 0; d < kDepth; d += 4) {
            float query_part[ROWS][4];
            float key_part[kColumns][4];
            #pragma unroll
            for (int e = 0; e < 4; ++e) {
                #pragma unroll
                for (int i = 0; i < ROWS; ++i)
                    query_part[i][e] = query_tile[down + i][d + e];
                #pragma unroll
                for (int c = 0; c < kColumns; ++c)
                    key_part[c][e] = key_tile[across + c * 16][d + e];
            }
            #pragma unroll
            for (int e = 0; e < 4; ++e)
                #pragma unroll
                for (int i = 0; i < ROWS; ++i)
                    #pragma unroll
                    for (int c = 0; c < kColumns; ++c)
                        scores[i][c] += query_part[i][e] * key_part[c][e];
        }

        #pragma unroll
        for (int i = 0; i < ROWS; ++i) {
            float highest = peaks[i];
            #pragma unroll
            for (int c = 0; c < kColumns; ++c) {
                const int j = tile_begin + across + c * 16;
                scores[i][c] = scores[i][c] * scale;
                if (j < key_count)
                    highest = fmaxf(highest, scores[i][c]);
            }
            #pragma unroll
            for (int offset = 8; offset > 0; offset /= 2)
                highest = fmaxf(highest, __shfl_xor_sync(0xffffffffu, highest, offset));
            const float shrink = expf(peaks[i] - highest);
            peaks[i] = highest;
            sums[i] *= shrink;
            #pragma unroll
            for (int c = 0; c < kColumns; ++c) {
                const int j = tile_begin + across + c * 16;
                const float share = j < key_count ? expf(scores[i][c] - highest) : float(0);
                sums[i] += share;
                weight_tile[down + i][across + c * 16] = share;
            }
            #pragma unroll
            for (int c = 0; c < kParts; ++c)
                results[i][c] *= shrink;
        }
        __syncwarp();  // who shares rows is in the same warp

        #pragma unroll 2
        for (int d = 0; d < KEYS; d += 4) {
            float weight_part[ROWS][4];
            #pragma unroll
            for (int i = 0; i < ROWS; ++i)
                #pragma unroll
                for (int e = 0; e < 4; ++e)
                    weight_part[i][e] = weight_tile[down + i][d + e];
            #pragma unroll
            for (int e = 0; e < 4; ++e) {
                float value_part[kParts];
                #pragma unroll
                for (int c = 0; c < kParts; ++c)
                    value_part[c] = value_tile[d + e][c / kNear * (16 * kNear) + across * kNear + c % kNear];
                #pragma unroll
                for (int i = 0; i < ROWS; ++i)
                    #pragma unroll
                    for (int c = 0; c < kParts; ++c)
                        results[i][c] += weight_part[i][e] * value_part[c];
            }
        }
    }

    #pragma unroll
    for (int i = 0; i < ROWS; ++i) {
        #pragma unroll
        for (int offset = 8; offset > 0; offset /= 2)
            sums[i] += __shfl_xor_sync(0xffffffffu, sums[i], offset);
        const int row = first + down + i;
        if (row < seq) {
            #pragma unroll
            for (int c = 0; c < kParts; ++c) {
                const int d = c / kNear * (16 * kNear) + across * kNear + c % kNear;
                const float mean = results[i][c] / sums[i];
                y[size_t(blockIdx.y) * seq * 64 + size_t(row) * 64 + d] = __float2half(mean);
            }
        }
    }
}
