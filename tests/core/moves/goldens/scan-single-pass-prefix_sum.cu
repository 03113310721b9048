// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Inclusive prefix sum in three steps: one thread adds up each chunk of 1024 values, a single thread turns those sums
// into what precedes each chunk, and then one thread a chunk writes its running sums.
//
// The threads of a warp stand in 32 different chunks, so each load and store of the warp touches 32 different places in
// memory; x is read twice; and all of the card waits for one thread.
//
// warploom: tune SCAN_BLOCK = 256 128 512 1024
// warploom: tune SCAN_ITEMS = 16 8 24 32
// warploom: let SCAN_TILES = ceil_div(n, SCAN_BLOCK * SCAN_ITEMS)
// warploom: scratch tile_state u64[1 + SCAN_TILES]  // tiles claimed, and what is known of each
// warploom: zero tile_state
// warploom: launch write_sums<<<SCAN_TILES, SCAN_BLOCK>>>(x, sums, n, tile_state)

// Folds the values of the lanes up to each lane of the warp.
static __device__ __forceinline__ int scanWarpSum_int(int value)
{
    const unsigned lane = threadIdx.x % 32;
    for (unsigned offset = 1; offset < 32; offset *= 2) {
        const int before = __shfl_up_sync(0xffffffffu, value, offset);
        if (lane >= offset)
            value = before + value;
    }
    return value;
}

// Tells the other blocks what is known of a tile: the fold of its own elements (1) or of all up to its end (2).
static __device__ __forceinline__ void publishTile_int(
    volatile unsigned long long* state, long long tile, unsigned known, int value)
{
    state[tile] = (unsigned long long)(known) << 32 | static_cast<unsigned>(value);
}

// What is known of a tile by now (0: nothing), with its value.
static __device__ __forceinline__ unsigned peekTile_int(
    const volatile unsigned long long* state, long long tile, int& value)
{
    const unsigned long long word = state[tile];
    value = static_cast<int>(unsigned(word));
    return unsigned(word >> 32);
}

// Fold of all that precedes a tile whose elements give `total`: from 32 tiles before it at a time, back to one that
// knows all before it. Tiles are claimed in order, so those before it are done or running.
static __device__ __forceinline__ int lookBackSum_int(
    volatile unsigned long long* state, long long tile, int total, int start)
{
    const int lane = threadIdx.x % 32;
    if (lane == 0 && tile > 0)
        publishTile_int(state, tile, 1, total);
    int before = start;
    bool isComplete = tile == 0;
    for (long long nearest = tile - 1; !isComplete; nearest -= 32) {
        int value = start;
        unsigned known = nearest - lane < 0 ? 2 : 0;
        do {
            if (known == 0)
                known = peekTile_int(state, nearest - lane, value);
        } while (__any_sync(0xffffffffu, known == 0));
        const unsigned complete = __ballot_sync(0xffffffffu, known == 2);
        isComplete = complete != 0;
        const int last = isComplete ? __ffs(complete) - 1 : 31;  // of the lanes that count
        for (int offset = 1; offset < 32; offset *= 2) {
            const int further = __shfl_down_sync(0xffffffffu, value, offset);
            if (lane + offset <= last)
                value = further + value;
        }
        value = __shfl_sync(0xffffffffu, value, 0);
        before = nearest == tile - 1 ? value : value + before;
    }
    if (lane == 0)
        publishTile_int(state, tile, 2, before + total);
    return before;
}

// A block takes the next tile, folds it, learns from the tiles before it what precedes it, and writes.
extern "C" __global__ void __launch_bounds__(SCAN_BLOCK)
    write_sums(const int* x, int* sums, int n, unsigned long long* tile_state)
{
    constexpr int WARPS = SCAN_BLOCK / 32;
    __shared__ unsigned long long ticket;
    __shared__ int up_to_warp[WARPS];
    __shared__ int before_tile;
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
    int value[ROUNDS][4];
    if (full) {
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            const long long at = first + round * 128;
            __align__(16) int x_packed[4];
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
                value[round][k] = 0;
                if (at + k < limit) {
                    const int i = static_cast<int>(at + k);
                    value[round][k] = x[i];
                }
            }
        }
    }
    int preceding[ROUNDS];  // fold of the round's elements that precede the lane's
    int whole[ROUNDS];  // of all of the round's
    #pragma unroll
    for (int round = 0; round < ROUNDS; ++round) {
        int up_to = value[round][0];
        #pragma unroll
        for (int k = 1; k < 4; ++k)
            up_to = up_to + value[round][k];
        up_to = scanWarpSum_int(up_to);
        preceding[round] = __shfl_up_sync(0xffffffffu, up_to, 1);
        whole[round] = __shfl_sync(0xffffffffu, up_to, 31);
    }
    int all = whole[0];
    #pragma unroll
    for (int round = 1; round < ROUNDS; ++round)
        all = all + whole[round];
    if (lane == 0)
        up_to_warp[warp] = all;
    __syncthreads();
    if (warp == 0) {
        const int up_to = scanWarpSum_int(up_to_warp[min(lane, WARPS - 1)]);
        if (lane < WARPS)
            up_to_warp[lane] = up_to;
        const int of_tile = __shfl_sync(0xffffffffu, up_to, WARPS - 1);
        before_tile = lookBackSum_int(tile_state + 1, tile, of_tile, 0);
    }
    __syncthreads();
    int carry = before_tile;
    if (warp > 0)
        carry = carry + up_to_warp[warp - 1];
    if (full) {
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            const long long at = first + round * 128;
            int sum = carry;
            if (lane > 0)
                sum = carry + preceding[round];
            __align__(16) int sums_packed[4];
            #pragma unroll
            for (int k = 0; k < 4; ++k) {
                sum = sum + value[round][k];
                sums_packed[k] = sum;
            }
            __stcg(reinterpret_cast<uint4*>(&sums[at]), *reinterpret_cast<const uint4*>(sums_packed));
            carry = carry + whole[round];
        }
    } else {
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            const long long at = first + round * 128;
            int sum = carry;
            if (lane > 0)
                sum = carry + preceding[round];
            #pragma unroll
            for (int k = 0; k < 4; ++k) {
                if (at + k < limit) {
                    const int i = static_cast<int>(at + k);
                    sum = sum + value[round][k];
                    sums[i] = sum;
                }
            }
            carry = carry + whole[round];
        }
    }
}
