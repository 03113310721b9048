// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each pair of nodes; the sum is at most 2^30.
//
// warploom: let TOTAL = n * m
// warploom: launch minplus_reference<<<ceil_div(TOTAL, 128), 128>>>(src, dst, dist, TOTAL, m, k)

extern "C" __global__ void minplus_reference(const int* src, const int* dst, int* dist, long long total, long long m,
                                             long long k)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= total)
        return;
    int best = dist[i] < 1 << 29 ? dist[i] : 1 << 29;
    for (long long e = 0; e < k; ++e)
        best = min(best, src[i / m * k + e] + dst[e * m + i % m]);
    dist[i] = best;
}
