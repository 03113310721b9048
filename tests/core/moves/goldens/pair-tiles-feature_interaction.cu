// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Dot products of all pairs of feature vectors: one thread computes one pair of one sample.
//
// Each vector is loaded once for every other one. The threads of a warp stand in up to 32 different vectors, so each of
// its loads touches as many places in memory.
//
// warploom: tune TILE = 6 4 9 7 5 3
// warploom: tune SPLIT = 2 1 4
// warploom: tune WARPS = 4 2 1 8
// warploom: tune CHUNK = 128 64 32
// warploom: require WARPS * (64 * (CHUNK + 4) + 2080) * 4 <= 232448
// warploom: let PAIRS = features * (features - 1) / 2
// warploom: let RESULTS = batch * PAIRS
// warploom: launch pair_products<<<ceil_div(ceil_div(RESULTS, PAIRS), WARPS), WARPS * 32, WARPS * (min(features, 64) * (CHUNK + 4) + (min(features, 64) * (min(features, 64) + 1) / 2 + 3) / 4 * 4) * 4>>>(x, out, RESULTS, PAIRS, features, dim)

// Copies 16 bytes into shared memory while the thread goes on.
static __device__ __forceinline__ void copyAsync(void* to, const void* from)
{
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;"
                 :
                 : "r"(static_cast<unsigned>(__cvta_generic_to_shared(to))), "l"(from)
                 : "memory");
}

extern "C" __global__ void __launch_bounds__(WARPS * 32, 1) pair_products(const float* x, float* out, long long results, int pairs, int features,
                                         int dim)
{
    const int vectors = features;
    if (vectors > 64) {
        for (long long at = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x; at < results;
             at += static_cast<long long>(gridDim.x) * blockDim.x) {
            long long sample = at / pairs;

            int i = 0;
            int rest = at % pairs;  // how many pairs further on, counted from 0-1, then from 1-2, …
            while (rest >= features - 1 - i) {
                rest -= features - 1 - i;
                ++i;
            }
            int j = i + 1 + rest;

            const float* a = x + (size_t(sample) * features + i) * dim;
            const float* b = x + (size_t(sample) * features + j) * dim;
            float sum = 0;
            for (int d = 0; d < dim; ++d)
                sum += a[d] * b[d];
            out[at] = sum;
        }
        return;
    }

    // A warp computes all pairs of one sample, whose vectors come to shared memory CHUNK elements at a time.
    // SPLIT threads share a tile of TILE x TILE pairs, each adds up a part of their elements: four elements of
    // 2 * TILE vectors serve TILE * TILE pairs. Vectors of a tile are as far apart as there are tiles:
    // those of neighbouring tiles then lie in different banks.
    constexpr int kPitch = CHUNK + 4;
    struct __align__(16) Four {
        float at[4];
    };
    extern __shared__ __align__(16) float shared[];
    const int lane = threadIdx.x % 32;
    const int tiles = (vectors + TILE - 1) / TILE;
    float* const slice =
        shared + threadIdx.x / 32 * (vectors * kPitch + (vectors * (vectors + 1) / 2 + 3) / 4 * 4);
    float* const products = slice + vectors * kPitch;
    const long long sample_2 = static_cast<long long>(blockIdx.x) * WARPS + threadIdx.x / 32;
    if (sample_2 * pairs >= results)
        return;

    const int items = tiles * (tiles + 1) / 2 * SPLIT;
    for (int first = 0; first < items; first += 32) {
        // Surplus threads repeat what the last ones do.
        int tile_row = 0;
        int tile_column = min(first + lane, items - 1) / SPLIT;
        while (tile_column >= tiles) {
            ++tile_row;
            tile_column -= tiles - tile_row;
        }
        const int part = lane % SPLIT;
        float sums[TILE][TILE] = {};
        for (int begin = 0; begin < dim; begin += CHUNK) {
            const int length = min(CHUNK, int(dim - begin));
            __syncwarp();  // what was there has been read
            if (first == 0 || dim > CHUNK) {
                if (dim % 4 == 0 && (size_t(dim) * features) % 4 == 0) {
                    #pragma unroll 4
                    for (int item = lane; item < vectors * (CHUNK / 4); item += 32) {
                        const int vector = item / (CHUNK / 4);
                        const int place = item % (CHUNK / 4) * 4;
                        const int depth_at = begin + place;
                        if (place < length)
                            copyAsync(&slice[vector * kPitch + place], &x[size_t(dim) * features * sample_2 + size_t(dim) * vector + depth_at]);
                    }
                    asm volatile("cp.async.wait_all;" ::: "memory");
                } else {
                    for (int item = lane; item < vectors * CHUNK; item += 32) {
                        const int vector = item / CHUNK;
                        const int place = item % CHUNK;
                        const int depth_at = begin + place;
                        if (place < (length + 3) / 4 * 4)
                            slice[vector * kPitch + place] = depth_at < dim ? float(x[size_t(dim) * features * sample_2 + size_t(dim) * vector + depth_at]) : float(0);
                    }
                }
            }
            __syncwarp();
            #pragma unroll 2
            for (int place = part * 4; place < length; place += SPLIT * 4) {
                Four left[TILE];
                Four right[TILE];
                #pragma unroll
                for (int row_at = 0; row_at < TILE; ++row_at) {
                    left[row_at] = *reinterpret_cast<const Four*>(
                        &slice[min(tile_row + row_at * tiles, vectors - 1) * kPitch + place]);
                    right[row_at] = *reinterpret_cast<const Four*>(
                        &slice[min(tile_column + row_at * tiles, vectors - 1) * kPitch + place]);
                }
                #pragma unroll
                for (int element = 0; element < 4; ++element)
                    #pragma unroll
                    for (int row_at = 0; row_at < TILE; ++row_at)
                        #pragma unroll
                        for (int column_at = 0; column_at < TILE; ++column_at)
                            sums[row_at][column_at] += left[row_at].at[element] * right[column_at].at[element];
            }
        }
        #pragma unroll
        for (int row_at = 0; row_at < TILE; ++row_at) {
            #pragma unroll
            for (int column_at = 0; column_at < TILE; ++column_at) {
                #pragma unroll
                for (int offset = SPLIT / 2; offset > 0; offset /= 2)
                    sums[row_at][column_at] += __shfl_xor_sync(0xffffffffu, sums[row_at][column_at], offset);
                const int lower = min(tile_row + row_at * tiles, tile_column + column_at * tiles);
                const int upper = max(tile_row + row_at * tiles, tile_column + column_at * tiles);
                if (part == 0 && first + lane < items && upper < vectors && lower < upper
                    && (tile_row != tile_column || row_at <= column_at))
                    products[lower * (features - 1) - lower * (lower - 1) / 2 + upper - lower - 1] =
                        sums[row_at][column_at];
            }
        }
    }
    __syncwarp();
    for (int place = lane; place < pairs; place += 32) {
        const long long at = sample_2 * pairs + place;
        if (at < results) {
            const float product = products[place];
            out[at] = product;
        }
    }
}
