// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What gbdt_level_hist must compute, exactly: one thread a row and feature.
//
// warploom: zero hist
// warploom: let TOTAL = rows * features
// warploom: launch gbdt_level_hist_reference<<<ceil_div(TOTAL, 256), 256>>>(bins, leaf_id, grad, hess, hist, TOTAL, features)

extern "C" __global__ void gbdt_level_hist_reference(const unsigned char* bins, const short* leaf_id,
                                                     const signed char* grad, const unsigned char* hess, int* hist,
                                                     long long total, long long features)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= total)
        return;
    long long f = i % features;
    long long r = i / features;
    if (leaf_id[r] < 0)
        return;

    long long at = ((leaf_id[r] * features + f) * 256 + bins[i]) * 2;
    atomicAdd(&hist[at], int(grad[r]));
    atomicAdd(&hist[at + 1], int(hess[r]));
}
