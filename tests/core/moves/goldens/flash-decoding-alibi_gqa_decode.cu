// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Masked multi-head attention of the generation phase: one query token per sequence against its KV cache, ALiBi instead of
// positional embeddings, query heads share key/value heads (GQA). A block does one head of one sequence; all logits of the
// sequence fit into shared memory.
//
// warploom: require ceil_div(head_dim, 8) <= THREADS
// warploom: scratch partial f32[SPLITS * (kv_heads * group) * (batch) * (head_dim + 2)]
// warploom: launch decode_attention_kernel_splits<<<dim3(ceil_div(kv_heads * group, HEADS) * SPLITS, batch), THREADS, 4 * HEADS * ceil_div(head_dim, 8) * 8>>>(q, kv, slopes, context, out, max_context, kv_heads, group, head_dim, softmax_scale, partial, kv_heads * group, batch)
// warploom: tune HEADS = 4 2 8 1
// warploom: tune SPLITS = 4 2 8 1 16
// warploom: tune LANES = 4 8 2 16
// warploom: tune AHEAD = 4 2 8
// warploom: tune THREADS = 128 256 64
// warploom: tune PREFETCH = 1 0
// warploom: launch decode_attention_kernel<<<dim3(kv_heads * group, batch), 128>>>(q, kv, slopes, context, out, max_context, kv_heads, group, head_dim, softmax_scale, partial)

#include <cuda_bf16.h>
#include <float.h>

#define NUM_THREADS 128

__device__ float block_reduce(float v, bool is_max)
{
    __shared__ float buf[NUM_THREADS];
    buf[threadIdx.x] = v;
    __syncthreads();
    for (int offset = NUM_THREADS / 2; offset > 0; offset >>= 1) {
        if (threadIdx.x < offset) {
            const float other = buf[threadIdx.x + offset];
            buf[threadIdx.x] = is_max ? fmaxf(buf[threadIdx.x], other) : buf[threadIdx.x] + other;
        }
        __syncthreads();
    }
    const float result = buf[0];
    __syncthreads();
    return result;
}

// 16 bytes of neighbours, of which the first \p left exist. isWhole: all do, and they begin at a multiple of 16 bytes.
template <int Count, typename T>
static __device__ __forceinline__ void load_neighbours(T (&to)[Count], const T* from, int left, bool isWhole)
{
    if (isWhole) {
        *reinterpret_cast<uint4*>(to) = *reinterpret_cast<const uint4*>(from);
        return;
    }
    #pragma unroll
    for (int i = 0; i < Count; ++i)
        to[i] = i < left ? from[i] : T(0.0f);
}

// Has the L2 cache fetch what lies there.
static __device__ __forceinline__ void fetch_ahead(const void* from, int bytes)
{
    for (int at = 0; at < bytes; at += 128)
        asm volatile("prefetch.L2 [%0];" ::"l"(static_cast<const char*>(from) + at));
}

__global__ void __launch_bounds__(THREADS) decode_attention_kernel_splits(const __nv_bfloat16* __restrict__ q, const __nv_bfloat16* __restrict__ kv_cache,
                                                   const float* __restrict__ alibi_slopes,
                                                   const int* __restrict__ context_lens, __nv_bfloat16* __restrict__ out,
                                                   int max_seq_len, int num_kv_heads, int num_queries_per_kv,
                                                   int head_size, float scale, float* partial, int row_count, int extent_y)
{
    // A block works through one of SPLITS splits of the keys, for rows that look at the same keys and values: it reads
    // those once, a tile at a time. Of the products LANES neighbouring lanes compute AHEAD at once for each row, with
    // 16 bytes a load; maximum, sum and results go on from tile to tile and shrink where a larger score turns up.
    constexpr int kKeyVector = 16 / sizeof(__nv_bfloat16);
    constexpr int kValueVector = 16 / sizeof(__nv_bfloat16);
    constexpr int kGroups = THREADS / LANES;
    constexpr int kTile = kGroups * AHEAD;
    extern __shared__ __align__(16) float queries[];
    __shared__ float scores[HEADS][kTile];
    __shared__ float peaks[HEADS], sums[HEADS], shrinks[HEADS];
    __shared__ float parts[THREADS * kValueVector];
    const int thread = threadIdx.x;
    const int lane = thread % LANES;
    const int group_2 = thread / LANES;
    const int depth = head_size;
    const int pitch = (depth + kKeyVector - 1) / kKeyVector * kKeyVector;
    const int width = head_size;
    const int columns = (width + kValueVector - 1) / kValueVector;
    const int value_rows = THREADS / columns;  // values at once
    const int column = thread % columns * kValueVector;
    const int value_row = thread / columns;
    const int split = blockIdx.x % SPLITS;
    const int item_y = blockIdx.y;
    const int end = min(static_cast<int>(blockIdx.x / SPLITS + 1) * HEADS, row_count);
    for (int first = blockIdx.x / SPLITS * HEADS, taken = 1; first < end; first += taken) {
        const int row = first;
        const size_t key_origin = size_t(item_y) * head_size * max_seq_len * num_kv_heads * 2 + size_t(head_size) * ((row) / (num_queries_per_kv));
        const size_t value_origin = size_t(item_y) * head_size * max_seq_len * num_kv_heads * 2 + size_t(head_size) * num_kv_heads + size_t(head_size) * ((row) / (num_queries_per_kv));
        const int key_begin = 0;
        const int key_end = max(key_begin, static_cast<int>(context_lens[item_y]));
        // Rows that follow and look at the same places.
        for (taken = 1; first + taken < end; ++taken) {
            const int row = first + taken;
            if (size_t(item_y) * head_size * max_seq_len * num_kv_heads * 2 + size_t(head_size) * ((row) / (num_queries_per_kv)) != key_origin || size_t(item_y) * head_size * max_seq_len * num_kv_heads * 2 + size_t(head_size) * num_kv_heads + size_t(head_size) * ((row) / (num_queries_per_kv)) != value_origin
                || 0 != key_begin || context_lens[item_y] != key_end)
                break;
        }
        const int length = (key_end - key_begin + SPLITS - 1) / SPLITS;
        const int split_begin = key_begin + length * split;
        const int split_end = min(key_end, static_cast<int>(split_begin + length));
        const bool is_key_whole = reinterpret_cast<size_t>(kv_cache + key_origin) % 16 == 0
            && size_t((size_t(head_size) * num_kv_heads * 2)) % kKeyVector == 0 && depth % kKeyVector == 0;
        const bool is_value_whole = reinterpret_cast<size_t>(kv_cache + value_origin) % 16 == 0
            && size_t((size_t(head_size) * num_kv_heads * 2)) % kValueVector == 0 && width % kValueVector == 0;

        __syncthreads();  // what the last rows left has been read
        for (int item = thread; item < HEADS * pitch; item += THREADS) {
            const int row = first + item / pitch;
            const int p = item % pitch;
            queries[item] = row < first + taken && p < depth ? (__bfloat162float(q[size_t(item_y) * row_count * head_size + size_t(row) * head_size + p]) * scale) : 0.0f;
        }
        if (thread < taken) {
            peaks[thread] = (-FLT_MAX);
            sums[thread] = 0.0f;
        }
        float results[HEADS][kValueVector] = {};
        __syncthreads();

        for (int begin = split_begin; begin < split_end; begin += kTile) {
            const int count = min(static_cast<int>(kTile), static_cast<int>(split_end - begin));
            // While keys are worked on, memory is asked for their values, and then for the next keys.
            if (PREFETCH != 0)
                for (int place = thread; place < count; place += THREADS)
                    fetch_ahead(kv_cache + value_origin + size_t(begin + place) * (size_t(head_size) * num_kv_heads * 2),
                            width * int(sizeof(__nv_bfloat16)));
            float products[AHEAD][HEADS] = {};
            #pragma unroll 1
            for (int chunk = lane * kKeyVector; chunk < depth; chunk += LANES * kKeyVector) {
                alignas(16) __nv_bfloat16 raw[AHEAD][kKeyVector];
                #pragma unroll
                for (int i = 0; i < AHEAD; ++i) {
                    const int place = min(group_2 + i * kGroups, count - 1);
                    load_neighbours(raw[i], kv_cache + key_origin + size_t(begin + place) * (size_t(head_size) * num_kv_heads * 2) + chunk,
                           depth - chunk, is_key_whole);
                }
                float part[AHEAD][kKeyVector];
                #pragma unroll
                for (int i = 0; i < AHEAD; ++i) {
                    #pragma unroll
                    for (int e = 0; e < kKeyVector; ++e)
                        part[i][e] = __bfloat162float(raw[i][e]);
                }
                #pragma unroll
                for (int h = 0; h < HEADS; ++h) {
                    if (h >= taken)
                        break;
                    float own[kKeyVector];
                    #pragma unroll
                    for (int e = 0; e < kKeyVector; ++e)
                        own[e] = queries[h * pitch + chunk + e];
                    #pragma unroll
                    for (int i = 0; i < AHEAD; ++i)
                        #pragma unroll
                        for (int e = 0; e < kKeyVector; ++e)
                            products[i][h] += own[e] * part[i][e];
                }
            }
            #pragma unroll
            for (int i = 0; i < AHEAD; ++i) {
                #pragma unroll
                for (int h = 0; h < HEADS; ++h) {
                    float product = products[i][h];
                    #pragma unroll
                    for (int offset_2 = LANES / 2; offset_2 > 0; offset_2 /= 2)
                        product += __shfl_xor_sync(0xffffffffu, product, offset_2);
                    // Each lane makes some of the scores.
                    if ((i * HEADS + h) % LANES != lane)
                        continue;
                    const int place = group_2 + i * kGroups;
                    if (place < count && h < taken) {
                        const int row = first + h;
                        const int token = begin + place;
                        scores[h][place] = (product + (alibi_slopes[row] * float(token - context_lens[item_y] + 1)));
                    }
                }
            }
            __syncthreads();
            if (PREFETCH != 0)
                for (int place = kTile + thread; place < 2 * kTile && begin + place < split_end;
                     place += THREADS)
                    fetch_ahead(kv_cache + key_origin + size_t(begin + place) * (size_t(head_size) * num_kv_heads * 2),
                            depth * int(sizeof(__nv_bfloat16)));

            for (int h = thread / 32; h < taken; h += THREADS / 32) {
                const float before = peaks[h];
                float largest = before;
                for (int place = thread % 32; place < count; place += 32)
                    largest = fmaxf(largest, scores[h][place]);
                #pragma unroll
                for (int offset_2 = 16; offset_2 > 0; offset_2 /= 2)
                    largest = fmaxf(largest, __shfl_xor_sync(0xffffffffu, largest, offset_2));
                float sum = 0.0f;
                for (int place = thread % 32; place < count; place += 32) {
                    const float score = scores[h][place];
                    const float weight = __expf((score - largest));
                    scores[h][place] = weight;
                    sum += weight;
                }
                #pragma unroll
                for (int offset_2 = 16; offset_2 > 0; offset_2 /= 2)
                    sum += __shfl_xor_sync(0xffffffffu, sum, offset_2);
                __syncwarp();
                if (thread % 32 == 0) {
                    const float shrink = before == largest ? 1.0f : __expf((before - largest));
                    shrinks[h] = shrink;
                    sums[h] = sums[h] * shrink + sum;
                    peaks[h] = largest;
                }
            }
            __syncthreads();

            #pragma unroll
            for (int h = 0; h < HEADS; ++h) {
                if (h >= taken)
                    break;
                #pragma unroll
                for (int e = 0; e < kValueVector; ++e)
                    results[h][e] *= shrinks[h];
            }
            if (value_row < value_rows) {
                for (int place = value_row; place < count; place += value_rows * AHEAD) {
                    alignas(16) __nv_bfloat16 raw[AHEAD][kValueVector];
                    #pragma unroll
                    for (int i = 0; i < AHEAD; ++i) {
                        const int token = begin + min(place + i * value_rows, count - 1);
                        load_neighbours(raw[i], kv_cache + value_origin + size_t(token) * (size_t(head_size) * num_kv_heads * 2) + column,
                               width - column, is_value_whole);
                    }
                    #pragma unroll
                    for (int i = 0; i < AHEAD; ++i) {
                        if (place + i * value_rows >= count)
                            break;
                        float part[kValueVector];
                        #pragma unroll
                        for (int e = 0; e < kValueVector; ++e)
                            part[e] = __bfloat162float(raw[i][e]);
                        #pragma unroll
                        for (int h = 0; h < HEADS; ++h) {
                            if (h >= taken)
                                break;
                            const float weight = scores[h][place + i * value_rows];
                            #pragma unroll
                            for (int e = 0; e < kValueVector; ++e)
                                results[h][e] += weight * part[e];
                        }
                    }
                }
            }
            __syncthreads();  // the weights have been read
        }

        #pragma unroll
        for (int h = 0; h < HEADS; ++h) {
            if (h < taken) {
                const int row = first + h;
                float* const own = partial + ((size_t(item_y) * row_count + row) * SPLITS + split) * (width + 2);
                __syncthreads();
                #pragma unroll
                for (int e = 0; e < kValueVector; ++e)
                    parts[thread * kValueVector + e] = results[h][e];
                __syncthreads();
                for (int d = thread; d < width; d += THREADS) {
                    float sum = 0.0f;
                    for (int place = 0; place < value_rows; ++place)
                        sum += parts[place * columns * kValueVector + d];
                    own[d] = sum;
                }
                if (thread == 0) {
                    own[width] = peaks[h];
                    own[width + 1] = sums[h];
                }
            }
        }
    }
}

extern "C" __global__ void decode_attention_kernel(const __nv_bfloat16* __restrict__ q, const __nv_bfloat16* __restrict__ kv_cache,
                                                   const float* __restrict__ alibi_slopes,
                                                   const int* __restrict__ context_lens, __nv_bfloat16* __restrict__ out,
                                                   int max_seq_len, int num_kv_heads, int num_queries_per_kv,
                                                   int head_size, float scale, const float* partial)
{
    // What decode_attention_kernel_splits found for each split of the keys, put together.
    const int row = blockIdx.x;
    const int item_y = blockIdx.y;
    const int row_count = gridDim.x;
    const int extent_y = gridDim.y;
    const int width = head_size;
    const float* const own = partial + (size_t(item_y) * row_count + row) * SPLITS * (width + 2);
    float largest = (-FLT_MAX);
    for (int split = 0; split < SPLITS; ++split)
        largest = fmaxf(largest, own[split * (width + 2) + width]);
    float shrinks[SPLITS];
    float total = 0.0f;
    #pragma unroll
    for (int split = 0; split < SPLITS; ++split) {
        const float before = own[split * (width + 2) + width];
        const float sum = own[split * (width + 2) + width + 1];
        shrinks[split] = sum == 0.0f ? 0.0f : __expf((before - largest));
        total += shrinks[split] * sum;
    }
    for (int d = threadIdx.x; d < width; d += blockDim.x) {
        float mean = 0.0f;
        #pragma unroll
        for (int split = 0; split < SPLITS; ++split)
            mean += shrinks[split] * own[split * (width + 2) + d];
        out[size_t(item_y) * row_count * head_size + size_t(row) * head_size + d] = __float2bfloat16((mean * __fdividef(1.f, (total + 1e-6f))));
    }
}
