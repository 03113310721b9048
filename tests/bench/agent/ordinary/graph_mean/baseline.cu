// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// GraphSAGE-like mean aggregation, a thread for each node
//
// warploom: let GRID = ceil_div(nodes, 64)
// warploom: launch sage_mean<<<GRID, 64>>>(indptr, adj, h, out, nodes, feat, keep)

extern "C" __global__ void sage_mean(const int *indptr, const int *indices, const float *feat, float *out,
                                     int num_nodes, int F, float keep)
{
    const int node = blockIdx.x * blockDim.x + threadIdx.x;
    if (node >= num_nodes)
        return;

    const int start = indptr[node];
    const int end = indptr[node + 1];
    const int deg = end - start;

    for (int f = 0; f < F; f++)
    {
        float acc = 0.0f;
        for (int e = start; e < end; e++)
            acc += feat[(size_t)indices[e] * F + f];
        float avg = deg > 0 ? acc / deg : 0.0f;
        float v = keep * feat[(size_t)node * F + f] + (1.0f - keep) * avg;
        out[(size_t)node * F + f] = v > 0.0f ? v : 0.0f;
    }
}
