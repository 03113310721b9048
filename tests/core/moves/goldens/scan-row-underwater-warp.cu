// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Underwater curve and maximum drawdown of every path of a backtest, from log returns. One thread walks one path. The
// high-water mark starts at the initial capital, so a path that only loses is under water from the first day on.
//
// warploom: tune BLOCK = 256 128 512 64 1024 32
// warploom: tune SCAN_ITEMS = 8 4 16 32
// warploom: launch drawdown_kernel<<<ceil_div(paths, BLOCK / 32), BLOCK>>>(log_ret, dd, max_dd, paths, steps)

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

// Over the 32 lanes of the warp; every lane gets the result.
static __device__ __forceinline__ float warpMax(float value)
{
    for (int offset = 16; offset > 0; offset /= 2)
        value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, offset));
    return value;
}

extern "C" __global__ void drawdown_kernel(const float* log_ret, float* dd, float* max_dd, int n_paths, int n_steps)
{
    int path = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
    if (path >= n_paths)
        return;

    const float* ret = log_ret + (size_t)path * n_steps;
    float* out = dd + (size_t)path * n_steps;

    float equity = 0.0f;  // log of wealth over initial capital
    float hwm = 0.0f;     // high-water mark
    float worst = 0.0f;
    // The warp's lanes take SCAN_ITEMS elements each at a time: the variables hold what precedes them.
    const int lane = threadIdx.x % 32;
    const long long limit = n_steps;
    float worst_own = worst;
    for (long long tile = 0; tile < limit; tile += 32 * SCAN_ITEMS) {
        const long long first = tile + 4 * lane;
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
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            equity_before[round] = lane > 0 ? equity + equity_before[round] : equity;
            equity = equity + equity_whole[round];
        }
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
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            hwm_before[round] = lane > 0 ? fmaxf(hwm, hwm_before[round]) : hwm;
            hwm = fmaxf(hwm, hwm_whole[round]);
        }
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
    }
    worst = warpMax(worst_own);
    if (lane == 0)
        max_dd[path] = worst;
}
