// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What expert_glu must compute, in float64: one thread a value.
//
// warploom: let TOTAL = experts * slots * ffn
// warploom: launch expert_glu_reference<<<ceil_div(TOTAL, 256), 256>>>(x, w13, b13, h, TOTAL, slots, hidden, ffn, alpha, limit)

#include <cuda_bf16.h>

extern "C" __global__ void expert_glu_reference(const __nv_bfloat16* x, const __nv_bfloat16* w13,
                                                const __nv_bfloat16* b13, double* h, long long total, long long slots,
                                                long long hidden, long long ffn, float alpha, float limit)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= total)
        return;
    long long f = i % ffn;
    long long token = i / ffn;  // counted through all experts
    long long e = token / slots;

    double sums[2];
    for (int which = 0; which < 2; ++which) {
        long long row = (e * ffn + f) * 2 + which;
        sums[which] = double(__bfloat162float(b13[row]));
        for (long long k = 0; k < hidden; ++k)
            sums[which] += double(__bfloat162float(x[token * hidden + k]))
                * double(__bfloat162float(w13[row * hidden + k]));
    }
    double gate = fmin(sums[0], double(limit));
    double up = fmax(fmin(sums[1], double(limit)), -double(limit));
    h[i] = gate / (1 + exp(-double(alpha) * gate)) * (up + 1);
}
