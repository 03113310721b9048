// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What vtrace_targets must compute, in float64: one thread a segment, the targets first, then the advantages out of them.
//
// warploom: launch vtrace_targets_reference<<<ceil_div(segments, 32), 32>>>(log_rhos, rewards, values, lives, vs, pg_advantages, gamma, lambda_, clip_rho, clip_pg_rho, segments, horizon)

extern "C" __global__ void vtrace_targets_reference(const float* log_rhos, const float* rewards, const float* values,
                                                    const unsigned char* lives, double* vs, double* advantages,
                                                    float gamma, float lambda, float clip_rho, float clip_pg_rho,
                                                    long long segments, long long horizon)
{
    long long s = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (s >= segments)
        return;
    const float* value = values + s * (horizon + 1);

    double behind = 0; // vs - value of the next step
    for (long long t = horizon - 1; t >= 0; --t) {
        long long at = s * horizon + t;
        double discount = lives[at] > 0 ? double(gamma) : 0.0;
        double rho = exp(double(log_rhos[at]));
        double reward = fmin(1.0, fmax(-1.0, double(rewards[at])));
        double delta = fmin(double(clip_rho), rho) * (reward + discount * double(value[t + 1]) - double(value[t]));
        behind = delta + discount * double(lambda) * fmin(1.0, rho) * behind;
        vs[at] = double(value[t]) + behind;
    }

    for (long long t = 0; t < horizon; ++t) {
        long long at = s * horizon + t;
        double discount = lives[at] > 0 ? double(gamma) : 0.0;
        double rho = exp(double(log_rhos[at]));
        double reward = fmin(1.0, fmax(-1.0, double(rewards[at])));
        double next = t + 1 < horizon ? vs[at + 1] : double(value[horizon]);
        advantages[at] = fmin(double(clip_pg_rho), rho) * (reward + discount * next - double(value[t]));
    }
}
