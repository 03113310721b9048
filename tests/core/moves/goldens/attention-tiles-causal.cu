// warploom: tune QUERIES = 64 128 32
// warploom: tune KEYS = 64 32 128
// warploom: tune ROWS = 4 8 2
// warploom: tune MIN_BLOCKS = 2 1 3
// warploom: require QUERIES / ROWS * 16 * MIN_BLOCKS <= 1024
// warploom: launch mix<<<dim3(ceil_div(n, QUERIES), h), QUERIES / ROWS * 16, 4 * ((QUERIES + KEYS) * 36 + KEYS * 32 + QUERIES * (KEYS + 4))>>>(out, from, to, what, n, h)
__global__ void __launch_bounds__(QUERIES / ROWS * 16, MIN_BLOCKS) mix(float* out, const float* from, const float* to, const float* what, int n, int h) {
    // A block works through QUERIES rows, KEYS keys at a time, which lie in shared memory. Maximum, sum and result of a
    // row go on from one tile to the next and shrink where a larger score turns up: each score is computed once. 16
    // neighbouring threads share ROWS rows.
    constexpr int kDepth = 32;
    constexpr int kWidth = 32;
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
    // A row sees the first keys only: so many.
    const auto keys_of = [&](int t) { return min(static_cast<int>(n), static_cast<int>(t + 1)); };
    const int key_count = keys_of(min(static_cast<int>(first + QUERIES), static_cast<int>(n)) - 1);
    float results[ROWS][kParts] = {};
    float sums[ROWS] = {};
    float peaks[ROWS];
    #pragma unroll
    for (int i = 0; i < ROWS; ++i)
        peaks[i] = -3.0e38f;

    for (int item = thread; item < QUERIES * kDepth; item += kThreads) {
        const int place = item / kDepth;
        const int c = item % kDepth;
        const int t = first + place;
        query_tile[place][c] = t < n ? float(from[size_t(h) * t * 32 + size_t(blockIdx.y) * 32 + c]) : float(0);
    }
    for (int tile_begin = 0; tile_begin < key_count; tile_begin += KEYS) {
        __syncthreads();  // what the last tile held has been read
        for (int item = thread; item < KEYS * kDepth; item += kThreads) {
            const int place = item / kDepth;
            const int c = item % kDepth;
            const int m = tile_begin + place;
            key_tile[place][c] = m < key_count ? float(to[size_t(h) * m * 32 + size_t(blockIdx.y) * 32 + c]) : float(0);
        }
        for (int item = thread; item < KEYS * kWidth; item += kThreads) {
            const int place = item / kWidth;
            const int c = item % kWidth;
            const int m = tile_begin + place;
            value_tile[place][c] = m < key_count ? float(what[size_t(h) * m * 32 + size_t(blockIdx.y) * 32 + c]) : float(0);
        }
        __syncthreads();

        float scores[ROWS][kColumns] = {};
        #pragma unroll 4
        for (int c = 0; c < kDepth; c += 4) {
            float query_part[ROWS][4];
            float key_part[kColumns][4];
            #pragma unroll
            for (int e = 0; e < 4; ++e) {
                #pragma unroll
                for (int i = 0; i < ROWS; ++i)
                    query_part[i][e] = query_tile[down + i][c + e];
                #pragma unroll
                for (int c_2 = 0; c_2 < kColumns; ++c_2)
                    key_part[c_2][e] = key_tile[across + c_2 * 16][c + e];
            }
            #pragma unroll
            for (int e = 0; e < 4; ++e)
                #pragma unroll
                for (int i = 0; i < ROWS; ++i)
                    #pragma unroll
                    for (int c_2 = 0; c_2 < kColumns; ++c_2)
                        scores[i][c_2] += query_part[i][e] * key_part[c_2][e];
        }

        #pragma unroll
        for (int i = 0; i < ROWS; ++i) {
            float highest = peaks[i];
            #pragma unroll
            for (int c_2 = 0; c_2 < kColumns; ++c_2) {
                const int m = tile_begin + across + c_2 * 16;
                scores[i][c_2] = scores[i][c_2] * 0.17677669f;
                if (m < keys_of(first + down + i))
                    highest = fmaxf(highest, scores[i][c_2]);
            }
            #pragma unroll
            for (int offset = 8; offset > 0; offset /= 2)
                highest = fmaxf(highest, __shfl_xor_sync(0xffffffffu, highest, offset));
            const float shrink = __expf(peaks[i] - highest);
            peaks[i] = highest;
            sums[i] *= shrink;
            #pragma unroll
            for (int c_2 = 0; c_2 < kColumns; ++c_2) {
                const int m = tile_begin + across + c_2 * 16;
                const float share = m < keys_of(first + down + i) ? __expf(scores[i][c_2] - highest) : float(0);
                sums[i] += share;
                weight_tile[down + i][across + c_2 * 16] = share;
            }
            #pragma unroll
            for (int c_2 = 0; c_2 < kParts; ++c_2)
                results[i][c_2] *= shrink;
        }
        __syncwarp();  // who shares rows is in the same warp

        #pragma unroll 2
        for (int c = 0; c < KEYS; c += 4) {
            float weight_part[ROWS][4];
            #pragma unroll
            for (int i = 0; i < ROWS; ++i)
                #pragma unroll
                for (int e = 0; e < 4; ++e)
                    weight_part[i][e] = weight_tile[down + i][c + e];
            #pragma unroll
            for (int e = 0; e < 4; ++e) {
                float value_part[kParts];
                #pragma unroll
                for (int c_2 = 0; c_2 < kParts; ++c_2)
                    value_part[c_2] = value_tile[c + e][c_2 / kNear * (16 * kNear) + across * kNear + c_2 % kNear];
                #pragma unroll
                for (int i = 0; i < ROWS; ++i)
                    #pragma unroll
                    for (int c_2 = 0; c_2 < kParts; ++c_2)
                        results[i][c_2] += weight_part[i][e] * value_part[c_2];
            }
        }
    }

    #pragma unroll
    for (int i = 0; i < ROWS; ++i) {
        #pragma unroll
        for (int offset = 8; offset > 0; offset /= 2)
            sums[i] += __shfl_xor_sync(0xffffffffu, sums[i], offset);
        const int t = first + down + i;
        if (t < n) {
            #pragma unroll
            for (int c_2 = 0; c_2 < kParts; ++c_2) {
                const int c = c_2 / kNear * (16 * kNear) + across * kNear + c_2 % kNear;
                const float mean = results[i][c_2] / sums[i];
                out[size_t(h) * t * 32 + size_t(blockIdx.y) * 32 + c] = fmaxf(mean, 0.0f);
            }
        }
    }
}
