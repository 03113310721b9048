// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// V-trace (Espeholt et al. 2018), one thread per trajectory segment, backwards in time. values has one more column than the rest:
// the bootstrap value. Rewards are clipped to [-1, 1] as usual for Atari; an episode is over when no lives are left.
//
// warploom: launch vtrace_kernel<<<ceil_div(segments, 256), 256>>>(values, rewards, lives, log_rhos, vs, pg_advantages, gamma, lambda_, clip_rho, clip_pg_rho, segments, horizon)

__device__ void vtrace_row(const float* values, const float* rewards, const unsigned char* lives, const float* log_rhos,
                           float* vs, float* pg_adv, float gamma, float lambda, float rho_clip, float pg_rho_clip,
                           int horizon)
{
    float next_value = values[horizon];
    float next_vs = next_value;
    float acc = 0;
    for (int t = horizon - 1; t >= 0; t--) {
        float nonterminal = lives[t] == 0 ? 0.0f : 1.0f;
        float discount = gamma * nonterminal;
        float reward = fminf(fmaxf(rewards[t], -1.0f), 1.0f);
        float rho = expf(log_rhos[t]);
        float rho_t = fminf(rho, rho_clip);
        float c_t = lambda * fminf(rho, 1.0f);
        float value = values[t];

        float delta = rho_t * (reward + discount * next_value - value);
        acc = delta + discount * c_t * acc;

        vs[t] = value + acc;
        pg_adv[t] = fminf(rho, pg_rho_clip) * (reward + discount * next_vs - value);

        next_value = value;
        next_vs = vs[t];
    }
}

extern "C" __global__ void vtrace_kernel(const float* values, const float* rewards, const unsigned char* lives,
                                         const float* log_rhos, float* vs, float* pg_advantages, float gamma,
                                         float lambda, float rho_clip, float pg_rho_clip, int num_segments, int horizon)
{
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= num_segments) {
        return;
    }
    size_t offset = (size_t)row * horizon;
    vtrace_row(values + offset + row, rewards + offset, lives + offset, log_rhos + offset, vs + offset,
               pg_advantages + offset, gamma, lambda, rho_clip, pg_rho_clip, horizon);
}
