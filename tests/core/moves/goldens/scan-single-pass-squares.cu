// warploom: tune SCAN_BLOCK = 256 128 512 1024
// warploom: tune SCAN_ITEMS = 8 16 24 32
// warploom: let SCAN_TILES = ceil_div(n, SCAN_BLOCK * SCAN_ITEMS)
// warploom: scratch tile_state u64[1 + 2 * SCAN_TILES]  // tiles claimed, and what is known of each
// warploom: zero tile_state
// warploom: launch finish<<<SCAN_TILES, SCAN_BLOCK>>>(n, w, v, tile_state)
// Folds the values of the lanes up to each lane of the warp.
static __device__ __forceinline__ long long scanWarpSum_long_long(long long value)
{
    const unsigned lane = threadIdx.x % 32;
    for (unsigned offset = 1; offset < 32; offset *= 2) {
        const long long before = __shfl_up_sync(0xffffffffu, value, offset);
        if (lane >= offset)
            value = before + value;
    }
    return value;
}

// Tells the other blocks what is known of a tile: the fold of its own elements (1) or of all up to its end (2).
// Each half of the value goes with a mark of its own: the two may be seen at different times.
static __device__ __forceinline__ void publishTile_long_long(
    volatile unsigned long long* state, long long tile, unsigned known, long long value)
{
    const unsigned long long bits = static_cast<unsigned long long>(value);
    state[2 * tile] = (unsigned long long)(known) << 32 | unsigned(bits);
    state[2 * tile + 1] = (unsigned long long)(known) << 32 | bits >> 32;
}

// What is known of a tile by now (0: nothing, or half of it), with its value.
static __device__ __forceinline__ unsigned peekTile_long_long(
    const volatile unsigned long long* state, long long tile, long long& value)
{
    const unsigned long long low = state[2 * tile];
    const unsigned long long high = state[2 * tile + 1];
    const unsigned long long word = high << 32 | unsigned(low);
    value = static_cast<long long>(word);
    return low >> 32 == high >> 32 ? unsigned(low >> 32) : 0;
}

// Fold of all that precedes a tile whose elements give `total`: from 32 tiles before it at a time, back to one that
// knows all before it. Tiles are claimed in order, so those before it are done or running.
static __device__ __forceinline__ long long lookBackSum_long_long(
    volatile unsigned long long* state, long long tile, long long total, long long start)
{
    const int lane = threadIdx.x % 32;
    if (lane == 0 && tile > 0)
        publishTile_long_long(state, tile, 1, total);
    long long before = start;
    bool isComplete = tile == 0;
    for (long long nearest = tile - 1; !isComplete; nearest -= 32) {
        long long value = start;
        unsigned known = nearest - lane < 0 ? 2 : 0;
        do {
            if (known == 0)
                known = peekTile_long_long(state, nearest - lane, value);
        } while (__any_sync(0xffffffffu, known == 0));
        const unsigned complete = __ballot_sync(0xffffffffu, known == 2);
        isComplete = complete != 0;
        const int last = isComplete ? __ffs(complete) - 1 : 31;  // of the lanes that count
        for (int offset = 1; offset < 32; offset *= 2) {
            const long long further = __shfl_down_sync(0xffffffffu, value, offset);
            if (lane + offset <= last)
                value = further + value;
        }
        value = __shfl_sync(0xffffffffu, value, 0);
        before = nearest == tile - 1 ? value : value + before;
    }
    if (lane == 0)
        publishTile_long_long(state, tile, 2, before + total);
    return before;
}

// A block takes the next tile, folds it, learns from the tiles before it what precedes it, and writes.
__global__ void __launch_bounds__(SCAN_BLOCK)
    finish(int total, long long* out, const int* b, unsigned long long* tile_state)
{
    constexpr int WARPS = SCAN_BLOCK / 32;
    __shared__ unsigned long long ticket;
    __shared__ long long up_to_warp[WARPS];
    __shared__ long long before_tile;
    if (threadIdx.x == 0)
        ticket = atomicAdd(tile_state, 1ull);
    __syncthreads();
    const long long tile = ticket;
    const int lane = threadIdx.x % 32;
    const int warp = threadIdx.x / 32;
    const long long limit = total;
    const long long first = tile * (SCAN_BLOCK * SCAN_ITEMS) + warp * (32 * SCAN_ITEMS) + lane * 2;
    constexpr int ROUNDS = SCAN_ITEMS / 2;
    const bool full = first + 64 * ROUNDS - 2 * lane <= limit;
    long long value[ROUNDS][2];
    if (full) {
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            const long long at = first + round * 64;
            __align__(8) int b_packed[2];
            *reinterpret_cast<uint2*>(b_packed) = *reinterpret_cast<const uint2*>(&b[at]);
            #pragma unroll
            for (int k_2 = 0; k_2 < 2; ++k_2) {
                const int x = b_packed[k_2];
                value[round][k_2] = (long long)x * x;
            }
        }
    } else {
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            const long long at = first + round * 64;
            #pragma unroll
            for (int k_2 = 0; k_2 < 2; ++k_2) {
                value[round][k_2] = 0;
                if (at + k_2 < limit) {
                    const int k = static_cast<int>(at + k_2);
                    const int x = b[k];
                    value[round][k_2] = (long long)x * x;
                }
            }
        }
    }
    long long preceding[ROUNDS];  // fold of the round's elements that precede the lane's
    long long whole[ROUNDS];  // of all of the round's
    #pragma unroll
    for (int round = 0; round < ROUNDS; ++round) {
        long long up_to = value[round][0];
        #pragma unroll
        for (int k_2 = 1; k_2 < 2; ++k_2)
            up_to = up_to + value[round][k_2];
        up_to = scanWarpSum_long_long(up_to);
        preceding[round] = __shfl_up_sync(0xffffffffu, up_to, 1);
        whole[round] = __shfl_sync(0xffffffffu, up_to, 31);
    }
    long long all = whole[0];
    #pragma unroll
    for (int round = 1; round < ROUNDS; ++round)
        all = all + whole[round];
    if (lane == 0)
        up_to_warp[warp] = all;
    __syncthreads();
    if (warp == 0) {
        const long long up_to = scanWarpSum_long_long(up_to_warp[min(lane, WARPS - 1)]);
        if (lane < WARPS)
            up_to_warp[lane] = up_to;
        const long long of_tile = __shfl_sync(0xffffffffu, up_to, WARPS - 1);
        before_tile = lookBackSum_long_long(tile_state + 1, tile, of_tile, 0);
    }
    __syncthreads();
    long long carry = before_tile;
    if (warp > 0)
        carry = carry + up_to_warp[warp - 1];
    if (full) {
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            const long long at = first + round * 64;
            long long sum = carry;
            if (lane > 0)
                sum = carry + preceding[round];
            __align__(16) long long out_packed[2];
            #pragma unroll
            for (int k_2 = 0; k_2 < 2; ++k_2) {
                out_packed[k_2] = sum;
                sum = sum + value[round][k_2];
            }
            __stcg(reinterpret_cast<uint4*>(&out[at]), *reinterpret_cast<const uint4*>(out_packed));
            carry = carry + whole[round];
        }
    } else {
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            const long long at = first + round * 64;
            long long sum = carry;
            if (lane > 0)
                sum = carry + preceding[round];
            #pragma unroll
            for (int k_2 = 0; k_2 < 2; ++k_2) {
                if (at + k_2 < limit) {
                    const int k = static_cast<int>(at + k_2);
                    out[k] = sum;
                    sum = sum + value[round][k_2];
                }
            }
            carry = carry + whole[round];
        }
    }
}
