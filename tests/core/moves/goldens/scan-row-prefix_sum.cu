// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Inclusive prefix sum in three steps: one thread adds up each chunk of 1024 values, a single thread turns those sums
// into what precedes each chunk, and then one thread a chunk writes its running sums.
//
// The threads of a warp stand in 32 different chunks, so each load and store of the warp touches 32 different places in
// memory; x is read twice; and all of the card waits for one thread.
//
// warploom: tune BLOCK = 256 128 512 64 1024 32
// warploom: tune SCAN_ITEMS = 8 4 16 32
// warploom: let CHUNKS = ceil_div(n, 1024)
// warploom: scratch before i32[CHUNKS]
// warploom: launch add_chunks<<<ceil_div(CHUNKS, 256), 256>>>(x, before, n, CHUNKS)
// warploom: launch scan_chunks<<<1, 1>>>(before, CHUNKS)
// warploom: launch write_sums<<<CHUNKS, BLOCK>>>(x, before, sums, n, CHUNKS)

extern "C" __global__ void add_chunks(const int* x, int* before, int n, int chunks)
{
    int chunk = blockIdx.x * blockDim.x + threadIdx.x;
    if (chunk >= chunks)
        return;
    int end = min((chunk + 1) * 1024, n);
    int sum = 0;
    for (int i = chunk * 1024; i < end; ++i)
        sum += x[i];
    before[chunk] = sum;
}

extern "C" __global__ void scan_chunks(int* before, int chunks)
{
    int sum = 0;
    for (int chunk = 0; chunk < chunks; ++chunk) {
        int own = before[chunk];
        before[chunk] = sum;
        sum += own;
    }
}

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

extern "C" __global__ void write_sums(const int* x, const int* before, int* sums, int n, int chunks)
{
    int chunk = blockIdx.x;
    if (chunk >= chunks)
        return;
    int end = min((chunk + 1) * 1024, n);
    int sum = before[chunk];
    // The block's threads take SCAN_ITEMS elements each at a time: the variable holds what precedes them.
    const int lane = threadIdx.x % 32;
    const int warp = threadIdx.x / 32;
    const int warps = blockDim.x / 32;
    const long long limit = end;
    __shared__ int up_to_warp[2][32];
    int side = 0;
    for (long long tile = chunk * 1024; tile < limit; tile += blockDim.x * SCAN_ITEMS) {
        const long long first = tile + warp * (32 * SCAN_ITEMS) + 4 * lane;
        constexpr int ROUNDS = SCAN_ITEMS / 4;
        const bool full = first + 128 * ROUNDS - 4 * lane <= limit
            && reinterpret_cast<size_t>(&x[first]) % 16 == 0
            && reinterpret_cast<size_t>(&sums[first]) % 16 == 0;
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
            up_to_warp[side][warp] = all;
        __syncthreads();
        const int up_to_lane = scanWarpSum_int(up_to_warp[side][min(lane, warps - 1)]);
        const int before_warp = __shfl_sync(0xffffffffu, up_to_lane, max(warp - 1, 0));
        side = 1 - side;
        int carry = sum;
        if (warp > 0)
            carry = sum + before_warp;
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
        sum = sum + __shfl_sync(0xffffffffu, up_to_lane, warps - 1);
    }
}
