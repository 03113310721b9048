// warploom: tune SCAN_BLOCK = 256 128 512 1024
// warploom: tune SCAN_ITEMS = 16 8 24 32
// warploom: let SCAN_TILES = ceil_div(n, SCAN_BLOCK * SCAN_ITEMS)
// warploom: scratch tile_state u64[1 + SCAN_TILES]  // tiles claimed, and what is known of each
// warploom: zero tile_state
// warploom: launch peaks<<<SCAN_TILES, SCAN_BLOCK>>>(x, y, n, floor, tile_state)
// Folds the values of the lanes up to each lane of the warp.
static __device__ __forceinline__ float scanWarpMax(float value)
{
    const unsigned lane = threadIdx.x % 32;
    for (unsigned offset = 1; offset < 32; offset *= 2) {
        const float before = __shfl_up_sync(0xffffffffu, value, offset);
        if (lane >= offset)
            value = fmaxf(before, value);
    }
    return value;
}

// Tells the other blocks what is known of a tile: the fold of its own elements (1) or of all up to its end (2).
static __device__ __forceinline__ void publishTile(
    volatile unsigned long long* state, long long tile, unsigned known, float value)
{
    state[tile] = (unsigned long long)(known) << 32 | __float_as_uint(value);
}

// What is known of a tile by now (0: nothing), with its value.
static __device__ __forceinline__ unsigned peekTile(
    const volatile unsigned long long* state, long long tile, float& value)
{
    const unsigned long long word = state[tile];
    value = __uint_as_float(unsigned(word));
    return unsigned(word >> 32);
}

// Fold of all that precedes a tile whose elements give `total`: from 32 tiles before it at a time, back to one that
// knows all before it. Tiles are claimed in order, so those before it are done or running.
static __device__ __forceinline__ float lookBackMax(
    volatile unsigned long long* state, long long tile, float total, float start)
{
    const int lane = threadIdx.x % 32;
    if (lane == 0 && tile > 0)
        publishTile(state, tile, 1, total);
    float before = start;
    bool isComplete = tile == 0;
    for (long long nearest = tile - 1; !isComplete; nearest -= 32) {
        float value = start;
        unsigned known = nearest - lane < 0 ? 2 : 0;
        do {
            if (known == 0)
                known = peekTile(state, nearest - lane, value);
        } while (__any_sync(0xffffffffu, known == 0));
        const unsigned complete = __ballot_sync(0xffffffffu, known == 2);
        isComplete = complete != 0;
        const int last = isComplete ? __ffs(complete) - 1 : 31;  // of the lanes that count
        for (int offset = 1; offset < 32; offset *= 2) {
            const float further = __shfl_down_sync(0xffffffffu, value, offset);
            if (lane + offset <= last)
                value = fmaxf(further, value);
        }
        value = __shfl_sync(0xffffffffu, value, 0);
        before = nearest == tile - 1 ? value : fmaxf(value, before);
    }
    if (lane == 0)
        publishTile(state, tile, 2, fmaxf(before, total));
    return before;
}

// A block takes the next tile, folds it, learns from the tiles before it what precedes it, and writes.
__global__ void __launch_bounds__(SCAN_BLOCK)
    peaks(const float* x, float* y, int n, float floor, unsigned long long* tile_state)
{
    constexpr int WARPS = SCAN_BLOCK / 32;
    __shared__ unsigned long long ticket;
    __shared__ float up_to_warp[WARPS];
    __shared__ float before_tile;
    if (threadIdx.x == 0)
        ticket = atomicAdd(tile_state, 1ull);
    __syncthreads();
    const long long tile = ticket;
    const int lane = threadIdx.x % 32;
    const int warp = threadIdx.x / 32;
    const long long limit = n;
    const long long first = tile * (SCAN_BLOCK * SCAN_ITEMS) + warp * (32 * SCAN_ITEMS) + lane * 4;
    constexpr int ROUNDS = SCAN_ITEMS / 4;
    const bool full = first + 128 * ROUNDS - 4 * lane <= limit;
    float value[ROUNDS][4];
    if (full) {
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            const long long at = first + round * 128;
            __align__(16) float x_packed[4];
            *reinterpret_cast<uint4*>(x_packed) = *reinterpret_cast<const uint4*>(&x[at]);
            #pragma unroll
            for (int k = 0; k < 4; ++k)
                value[round][k] = x_packed[k];
        }
    } else {
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            const long long at = first + round * 128;
            #pragma unroll
            for (int k = 0; k < 4; ++k) {
                value[round][k] = floor;
                if (at + k < limit) {
                    const int i = static_cast<int>(at + k);
                    value[round][k] = x[i];
                }
            }
        }
    }
    float preceding[ROUNDS];  // fold of the round's elements that precede the lane's
    float whole[ROUNDS];  // of all of the round's
    #pragma unroll
    for (int round = 0; round < ROUNDS; ++round) {
        float up_to = value[round][0];
        #pragma unroll
        for (int k = 1; k < 4; ++k)
            up_to = fmaxf(up_to, value[round][k]);
        up_to = scanWarpMax(up_to);
        preceding[round] = __shfl_up_sync(0xffffffffu, up_to, 1);
        whole[round] = __shfl_sync(0xffffffffu, up_to, 31);
    }
    float all = whole[0];
    #pragma unroll
    for (int round = 1; round < ROUNDS; ++round)
        all = fmaxf(all, whole[round]);
    if (lane == 0)
        up_to_warp[warp] = all;
    __syncthreads();
    if (warp == 0) {
        const float up_to = scanWarpMax(up_to_warp[min(lane, WARPS - 1)]);
        if (lane < WARPS)
            up_to_warp[lane] = up_to;
        const float of_tile = __shfl_sync(0xffffffffu, up_to, WARPS - 1);
        before_tile = lookBackMax(tile_state + 1, tile, of_tile, floor);
    }
    __syncthreads();
    float carry = before_tile;
    if (warp > 0)
        carry = fmaxf(carry, up_to_warp[warp - 1]);
    if (full) {
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            const long long at = first + round * 128;
            float best = carry;
            if (lane > 0)
                best = fmaxf(carry, preceding[round]);
            __align__(16) float x_packed[4];
            *reinterpret_cast<uint4*>(x_packed) = *reinterpret_cast<const uint4*>(&x[at]);
            __align__(16) float y_packed[4];
            #pragma unroll
            for (int k = 0; k < 4; ++k) {
                best = fmaxf(best, value[round][k]);
                y_packed[k] = best - x_packed[k];
            }
            __stcg(reinterpret_cast<uint4*>(&y[at]), *reinterpret_cast<const uint4*>(y_packed));
            carry = fmaxf(carry, whole[round]);
        }
    } else {
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            const long long at = first + round * 128;
            float best = carry;
            if (lane > 0)
                best = fmaxf(carry, preceding[round]);
            #pragma unroll
            for (int k = 0; k < 4; ++k) {
                if (at + k < limit) {
                    const int i = static_cast<int>(at + k);
                    best = fmaxf(best, value[round][k]);
                    y[i] = best - x[i];
                }
            }
            carry = fmaxf(carry, whole[round]);
        }
    }
}
