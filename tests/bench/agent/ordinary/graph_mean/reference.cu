// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each result, in float64.
//
// warploom: let TOTAL = nodes * feat
// warploom: launch graph_mean_reference<<<ceil_div(TOTAL, 128), 128>>>(indptr, adj, h, out, TOTAL, feat, keep)

extern "C" __global__ void graph_mean_reference(const int* indptr, const int* adj, const float* h, double* out,
                                                long long total, long long feat, float keep)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= total)
        return;
    long long v = i / feat;
    long long c = i % feat;
    double sum = 0;
    for (long long e = indptr[v]; e < indptr[v + 1]; ++e)
        sum += h[adj[e] * feat + c];
    long long degree = indptr[v + 1] - indptr[v];
    double value = double(keep) * h[i] + (1 - double(keep)) * (degree > 0 ? sum / double(degree) : 0);
    out[i] = value > 0 ? value : 0;
}
