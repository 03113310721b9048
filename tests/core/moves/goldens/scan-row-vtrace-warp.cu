// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// V-trace (Espeholt et al. 2018), one thread per trajectory segment, backwards in time. values has one more column than the rest:
// the bootstrap value. Rewards are clipped to [-1, 1] as usual for Atari; an episode is over when no lives are left.
//
// warploom: tune BLOCK = 256 128 512 64 1024 32
// warploom: tune SCAN_ITEMS = 8 4 16 32
// warploom: launch vtrace_kernel<<<ceil_div(segments, BLOCK / 32), BLOCK>>>(values, rewards, lives, log_rhos, vs, pg_advantages, gamma, lambda_, clip_rho, clip_pg_rho, segments, horizon)

// What steps of a recurrence come to: a value becomes factor * value + term.
struct Recurrence {
    float factor;
    float term;

    __device__ __forceinline__ float of(float value) const { return fmaf(factor, value, term); }
    __device__ __forceinline__ Recurrence then(Recurrence next) const
    {
        return {next.factor * factor, next.of(term)};
    }
    __device__ __forceinline__ Recurrence ofLane(int lane) const
    {
        return {__shfl_sync(0xffffffffu, factor, lane), __shfl_sync(0xffffffffu, term, lane)};
    }
    __device__ __forceinline__ Recurrence ofLaneBefore(unsigned offset) const
    {
        return {__shfl_up_sync(0xffffffffu, factor, offset), __shfl_up_sync(0xffffffffu, term, offset)};
    }
    // Of all lanes up to each.
    __device__ __forceinline__ Recurrence upToLane() const
    {
        Recurrence all = *this;
        for (unsigned offset = 1; offset < 32; offset *= 2) {
            const Recurrence before = all.ofLaneBefore(offset);
            if (threadIdx.x % 32 >= offset)
                all = before.then(all);
        }
        return all;
    }
};

extern "C" __global__ void vtrace_kernel(const float* values, const float* rewards, const unsigned char* lives,
                                         const float* log_rhos, float* vs, float* pg_advantages, float gamma,
                                         float lambda, float rho_clip, float pg_rho_clip, int num_segments, int horizon)
{
    int row = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
    if (row >= num_segments) {
        return;
    }
    size_t offset = (size_t)row * horizon;
    const float *values2 = values + offset + row;
    const float *rewards2 = rewards + offset;
    const unsigned char *lives2 = lives + offset;
    const float *log_rhos2 = log_rhos + offset;
    float *vs2 = vs + offset;
    float *pg_adv = pg_advantages + offset;
    float next_value = values2[horizon];
    float next_vs = next_value;
    float acc = 0;
    // The warp's lanes take SCAN_ITEMS elements each at a time: the variables hold what precedes them.
    const int lane = threadIdx.x % 32;
    const long long limit = horizon;
    for (long long tile = 0; tile < limit; tile += 32 * SCAN_ITEMS) {
        const long long first = tile + 4 * lane;
        constexpr int ROUNDS = SCAN_ITEMS / 4;
        const int left = static_cast<int>(min(limit - first, 32LL * SCAN_ITEMS));
        __align__(4) unsigned char lives_packed[ROUNDS][4];
        __align__(16) float rewards_packed[ROUNDS][4];
        __align__(16) float log_rhos_packed[ROUNDS][4];
        __align__(16) float values_packed[ROUNDS][4];
        __align__(16) float vs_packed[ROUNDS][4];
        __align__(16) float pg_advantages_packed[ROUNDS][4];
        const bool aligned = reinterpret_cast<size_t>(&lives2[(horizon - 1 - (first + 3))]) % 4 == 0
            && reinterpret_cast<size_t>(&rewards2[(horizon - 1 - (first + 3))]) % 16 == 0
            && reinterpret_cast<size_t>(&log_rhos2[(horizon - 1 - (first + 3))]) % 16 == 0
            && reinterpret_cast<size_t>(&vs2[(horizon - 1 - (first + 3))]) % 16 == 0
            && reinterpret_cast<size_t>(&pg_adv[(horizon - 1 - (first + 3))]) % 16 == 0;
        const bool aligned_2 = reinterpret_cast<size_t>(&values2[(horizon - 1 - (first + 3))]) % 16 == 0;
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            const long long at = first + round * 128;
            if (aligned && round * 128 + 4 <= left) {
                *reinterpret_cast<unsigned int*>(lives_packed[round]) = *reinterpret_cast<const unsigned int*>(&lives2[(horizon - 1 - (at + 3))]);
                *reinterpret_cast<uint4*>(rewards_packed[round]) = *reinterpret_cast<const uint4*>(&rewards2[(horizon - 1 - (at + 3))]);
                *reinterpret_cast<uint4*>(log_rhos_packed[round]) = *reinterpret_cast<const uint4*>(&log_rhos2[(horizon - 1 - (at + 3))]);
            } else {
                #pragma unroll
                for (int k = 0; k < 4; ++k) {
                    if (round * 128 + k < left) {
                        const long long element = at + k;
                        lives_packed[round][3 - k] = lives2[(horizon - 1 - element)];
                        rewards_packed[round][3 - k] = rewards2[(horizon - 1 - element)];
                        log_rhos_packed[round][3 - k] = log_rhos2[(horizon - 1 - element)];
                    }
                }
            }
        }
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            const long long at = first + round * 128;
            if (aligned_2 && round * 128 + 4 <= left) {
                *reinterpret_cast<uint4*>(values_packed[round]) = *reinterpret_cast<const uint4*>(&values2[(horizon - 1 - (at + 3))]);
            } else {
                #pragma unroll
                for (int k = 0; k < 4; ++k) {
                    if (round * 128 + k < left) {
                        const long long element = at + k;
                        values_packed[round][3 - k] = values2[(horizon - 1 - element)];
                    }
                }
            }
        }
        float next_value_values[ROUNDS][4];
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            #pragma unroll
            for (int k = 0; k < 4; ++k) {
                next_value_values[round][k] = 0;
                if (round * 128 + k < left) {
                    float value = values_packed[round][3 - k];
                    next_value_values[round][k] = value;
                }
            }
        }
        float next_value_before[ROUNDS];  // fold of what precedes the thread's elements of a round
        float next_value_whole[ROUNDS];  // of all of the warp's in it
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            float up_to = next_value_values[round][0];
            #pragma unroll
            for (int k = 1; k < 4; ++k)
                up_to = next_value_values[round][k];
            next_value_before[round] = __shfl_up_sync(0xffffffffu, up_to, 1);
            next_value_whole[round] = __shfl_sync(0xffffffffu, up_to, 31);
        }
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            next_value_before[round] = lane > 0 ? next_value_before[round] : next_value;
            next_value = next_value_whole[round];
        }
        Recurrence acc_values[ROUNDS][4];
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            float next_value = next_value_before[round];
            #pragma unroll
            for (int k = 0; k < 4; ++k) {
                acc_values[round][k] = {1, 0};
                if (round * 128 + k < left) {
                    float nonterminal = lives_packed[round][3 - k] == 0 ? 0.0f : 1.0f;
                    float discount = gamma * nonterminal;
                    float reward = fminf(fmaxf(rewards_packed[round][3 - k], -1.0f), 1.0f);
                    float rho = expf(log_rhos_packed[round][3 - k]);
                    float rho_t = fminf(rho, rho_clip);
                    float c_t = lambda * fminf(rho, 1.0f);
                    float value = values_packed[round][3 - k];
                    float delta = rho_t * (reward + discount * next_value - value);
                    acc_values[round][k] = {discount * c_t, delta};
                    next_value = next_value_values[round][k];
                }
            }
        }
        Recurrence acc_steps[ROUNDS];  // fold of what precedes the thread's elements of a round
        Recurrence acc_whole[ROUNDS];  // of all of the warp's in it
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            Recurrence up_to = acc_values[round][0];
            #pragma unroll
            for (int k = 1; k < 4; ++k)
                up_to = up_to.then(acc_values[round][k]);
            up_to = up_to.upToLane();
            acc_steps[round] = up_to.ofLaneBefore(1);
            acc_whole[round] = up_to.ofLane(31);
        }
        float acc_before[ROUNDS];  // what precedes the thread's elements of a round
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            acc_before[round] = lane > 0 ? acc_steps[round].of(acc) : acc;
            acc = acc_whole[round].of(acc);
        }
        float next_vs_values[ROUNDS][4];
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            float acc = acc_before[round];
            #pragma unroll
            for (int k = 0; k < 4; ++k) {
                next_vs_values[round][k] = 0;
                if (round * 128 + k < left) {
                    float value = values_packed[round][3 - k];
                    acc = acc_values[round][k].of(acc);
                    const float vs_stored = value + acc;
                    next_vs_values[round][k] = vs_stored;
                }
            }
        }
        float next_vs_before[ROUNDS];  // fold of what precedes the thread's elements of a round
        float next_vs_whole[ROUNDS];  // of all of the warp's in it
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            float up_to = next_vs_values[round][0];
            #pragma unroll
            for (int k = 1; k < 4; ++k)
                up_to = next_vs_values[round][k];
            next_vs_before[round] = __shfl_up_sync(0xffffffffu, up_to, 1);
            next_vs_whole[round] = __shfl_sync(0xffffffffu, up_to, 31);
        }
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            next_vs_before[round] = lane > 0 ? next_vs_before[round] : next_vs;
            next_vs = next_vs_whole[round];
        }
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            float acc = acc_before[round];
            float next_vs = next_vs_before[round];
            #pragma unroll
            for (int k = 0; k < 4; ++k) {
                if (round * 128 + k < left) {
                    float nonterminal = lives_packed[round][3 - k] == 0 ? 0.0f : 1.0f;
                    float discount = gamma * nonterminal;
                    float reward = fminf(fmaxf(rewards_packed[round][3 - k], -1.0f), 1.0f);
                    float rho = expf(log_rhos_packed[round][3 - k]);
                    float value = values_packed[round][3 - k];
                    acc = acc_values[round][k].of(acc);
                    const float vs_stored = value + acc;
                    vs_packed[round][3 - k] = vs_stored;
                    pg_advantages_packed[round][3 - k] = fminf(rho, pg_rho_clip) * (reward + discount * next_vs - value);
                    next_vs = next_vs_values[round][k];
                }
            }
        }
        #pragma unroll
        for (int round = 0; round < ROUNDS; ++round) {
            const long long at = first + round * 128;
            if (aligned && round * 128 + 4 <= left) {
                __stcg(reinterpret_cast<uint4*>(&vs2[(horizon - 1 - (at + 3))]), *reinterpret_cast<const uint4*>(vs_packed[round]));
                __stcg(reinterpret_cast<uint4*>(&pg_adv[(horizon - 1 - (at + 3))]), *reinterpret_cast<const uint4*>(pg_advantages_packed[round]));
            } else {
                #pragma unroll
                for (int k = 0; k < 4; ++k) {
                    if (round * 128 + k < left) {
                        const long long element = at + k;
                        vs2[(horizon - 1 - element)] = vs_packed[round][3 - k];
                        pg_adv[(horizon - 1 - element)] = pg_advantages_packed[round][3 - k];
                    }
                }
            }
        }
    }
}
