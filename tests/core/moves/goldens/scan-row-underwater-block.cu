// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Underwater curve and maximum drawdown of every path of a backtest, from log returns. One thread walks one path. The
// high-water mark starts at the initial capital, so a path that only loses is under water from the first day on.
//
// warploom: tune BLOCK = 256 128 512 64 1024 32
// warploom: tune SCAN_ITEMS = 8 4 16 32
// warploom: launch drawdown_kernel<<<paths, BLOCK>>>(log_ret, dd, max_dd, paths, steps)

__device__ inline float drawdown(float equity, float hwm)
{
    return 1.0f - expf(equity - hwm);
}

// Folds the values of the lanes up to each lane of the warp.
static __device__ __forceinline__ float scanWarpSum(float value)
{
    const unsigned lane = threadIdx.x % 32;
    for (unsigned offset = 1; offset < 32; offset *= 2) {
        const float before = __shfl_up_sync(0xffffffffu, value, offset);
        if (lane >= offset)
            value = before + value;
    }
    return value;
}

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

// Over the block, whose size is a multiple of 32; every thread gets the result.
static __device__ __forceinline__ float blockMax(float value)
{
    __shared__ float partial[32];
    const unsigned lane = threadIdx.x % 32;
    const unsigned warps = blockDim.x / 32;
    for (int offset = 16; offset > 0; offset /= 2)
        value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, offset));
    __syncthreads();  // what the last call left has been read
    if (lane == 0)
        partial[threadIdx.x / 32] = value;
    __syncthreads();
    value = partial[lane < warps ? lane : 0];
    for (int offset = 16; offset > 0; offset /= 2)
        value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, offset));
    return value;
}

extern "C" __global__ void drawdown_kernel(const float* log_ret, float* dd, float* max_dd, int n_paths, int n_steps)
{
    int path = blockIdx.x;
    if (path >= n_paths)
        return;

    const float* ret = log_ret + (size_t)path * n_steps;
    float* out = dd + (size_t)path * n_steps;

    float equity = 0.0f;  // log of wealth over initial capital
    float hwm = 0.0f;     // high-water mark
    float worst = 0.0f;
    // The block's threads take SCAN_ITEMS elements each at a time: the variables hold what precedes them.
    const int lane = threadIdx.x % 32;
    const int warp = threadIdx.x / 32;
    const int warps = blockDim.x / 32;
    int side = 0;
    const long long limit = n_steps;
    __shared__ float equity_up_to_warp[2][32];
    __shared__ float hwm_up_to_warp[2][32];
    float worst_own = worst;
    for (long long tile = 0; tile < limit; tile += blockDim.x * SCAN_ITEMS) {
        const long long first = tile + warp * (32 * SCAN_ITEMS) + 4 * lane;
        constexpr int ROUNDS = SCAN_ITEMS / 4;
        const int left = static_cast<int>(min(limit - first, 32LL * SCAN_ITEMS));
        __align__(16) float log_ret_packed[ROUNDS][4];
        __align__(16) float dd_packed[ROUNDS][4];
        const bool aligned = reinterpret_cast<size_t>(&ret[first]) % 16 == 0
            && reinterpret_cast<size_t>(&out[first]) % 16 == 0;
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            const long long at = first + round * 128;
            if (aligned && round * 128 + 4 <= left) {
                *reinterpret_cast<uint4*>(log_ret_packed[round]) = *reinterpret_cast<const uint4*>(&ret[at]);
            } else {
                #pragma unroll
                for (int k = 0; k < 4; ++k) {
                    if (round * 128 + k < left) {
                        const long long element = at + k;
                        log_ret_packed[round][k] = ret[element];
                    }
                }
            }
        }
        float equity_values[ROUNDS][4];
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            #pragma unroll
            for (int k = 0; k < 4; ++k) {
                equity_values[round][k] = 0;
                if (round * 128 + k < left) {
                    equity_values[round][k] = log_ret_packed[round][k];
                }
            }
        }
        float equity_before[ROUNDS];  // fold of what precedes the thread's elements of a round
        float equity_whole[ROUNDS];  // of all of the warp's in it
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            float up_to = equity_values[round][0];
            #pragma unroll
            for (int k = 1; k < 4; ++k)
                up_to = up_to + equity_values[round][k];
            up_to = scanWarpSum(up_to);
            equity_before[round] = __shfl_up_sync(0xffffffffu, up_to, 1);
            equity_whole[round] = __shfl_sync(0xffffffffu, up_to, 31);
        }
        if (lane == 0) {
            float equity_all = equity_whole[0];
            #pragma unroll
            for (int round = 1; round < ROUNDS; ++round)
                equity_all = equity_all + equity_whole[round];
            equity_up_to_warp[side][warp] = equity_all;
        }
        __syncthreads();
        const float equity_up_to_lane = scanWarpSum(equity_up_to_warp[side][min(lane, warps - 1)]);
        const float equity_before_warp = __shfl_sync(0xffffffffu, equity_up_to_lane, max(warp - 1, 0));
        float equity_carry = warp > 0 ? equity + equity_before_warp : equity;
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            equity_before[round] = lane > 0 ? equity_carry + equity_before[round] : equity_carry;
            equity_carry = equity_carry + equity_whole[round];
        }
        equity = equity + __shfl_sync(0xffffffffu, equity_up_to_lane, warps - 1);
        float hwm_values[ROUNDS][4];
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            float equity = equity_before[round];
            #pragma unroll
            for (int k = 0; k < 4; ++k) {
                hwm_values[round][k] = hwm;
                if (round * 128 + k < left) {
                    equity = equity + equity_values[round][k];
                    hwm_values[round][k] = equity;
                }
            }
        }
        float hwm_before[ROUNDS];  // fold of what precedes the thread's elements of a round
        float hwm_whole[ROUNDS];  // of all of the warp's in it
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            float up_to = hwm_values[round][0];
            #pragma unroll
            for (int k = 1; k < 4; ++k)
                up_to = fmaxf(up_to, hwm_values[round][k]);
            up_to = scanWarpMax(up_to);
            hwm_before[round] = __shfl_up_sync(0xffffffffu, up_to, 1);
            hwm_whole[round] = __shfl_sync(0xffffffffu, up_to, 31);
        }
        if (lane == 0) {
            float hwm_all = hwm_whole[0];
            #pragma unroll
            for (int round = 1; round < ROUNDS; ++round)
                hwm_all = fmaxf(hwm_all, hwm_whole[round]);
            hwm_up_to_warp[side][warp] = hwm_all;
        }
        __syncthreads();
        const float hwm_up_to_lane = scanWarpMax(hwm_up_to_warp[side][min(lane, warps - 1)]);
        const float hwm_before_warp = __shfl_sync(0xffffffffu, hwm_up_to_lane, max(warp - 1, 0));
        float hwm_carry = warp > 0 ? fmaxf(hwm, hwm_before_warp) : hwm;
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            hwm_before[round] = lane > 0 ? fmaxf(hwm_carry, hwm_before[round]) : hwm_carry;
            hwm_carry = fmaxf(hwm_carry, hwm_whole[round]);
        }
        hwm = fmaxf(hwm, __shfl_sync(0xffffffffu, hwm_up_to_lane, warps - 1));
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            float equity = equity_before[round];
            float hwm = hwm_before[round];
            #pragma unroll
            for (int k = 0; k < 4; ++k) {
                if (round * 128 + k < left) {
                    equity = equity + equity_values[round][k];
                    hwm = fmaxf(hwm, hwm_values[round][k]);
                    float d = drawdown(equity, hwm);
                    worst_own = fmaxf(worst_own, d);
                    dd_packed[round][k] = d;
                }
            }
        }
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            const long long at = first + round * 128;
            if (aligned && round * 128 + 4 <= left) {
                __stcg(reinterpret_cast<uint4*>(&out[at]), *reinterpret_cast<const uint4*>(dd_packed[round]));
            } else {
                #pragma unroll
                for (int k = 0; k < 4; ++k) {
                    if (round * 128 + k < left) {
                        const long long element = at + k;
                        out[element] = dd_packed[round][k];
                    }
                }
            }
        }
        side = 1 - side;
    }
    worst = blockMax(worst_own);
    if (threadIdx.x == 0)
        max_dd[path] = worst;
}
