// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Third phase of the blocked Floyd-Warshall algorithm, tiles of 16 x 16 in shared memory.
//
// warploom: let TILE = 16
// warploom: let BX = ceil_div(m, TILE)
// warploom: let BY = ceil_div(n, TILE)
// warploom: launch fw_phase3<<<dim3(BX, BY), dim3(TILE, TILE)>>>(src, dst, dist, n, m, k)

#define TILE 16
#define INF  (1 << 29)

__device__ int add_sat(int a, int b)
{
    if (a == INF || b == INF)
        return INF;
    int s = a + b;
    return s > INF ? INF : s;
}

extern "C" __global__ void fw_phase3(const int *A, const int *B, int *D, int n, int m, int K)
{
    __shared__ int sA[TILE][TILE];
    __shared__ int sB[TILE][TILE];

    const int row = blockIdx.y * TILE + threadIdx.y;
    const int col = blockIdx.x * TILE + threadIdx.x;

    int best = INF;
    if (row < n && col < m)
        best = D[(size_t)row * m + col];

    for (int t = 0; t < K; t += TILE) {
        int ka = t + threadIdx.x;
        int kb = t + threadIdx.y;
        sA[threadIdx.y][threadIdx.x] = (row < n && ka < K) ? A[(size_t)row * K + ka] : INF;
        sB[threadIdx.y][threadIdx.x] = (kb < K && col < m) ? B[(size_t)kb * m + col] : INF;
        __syncthreads();

        for (int kk = 0; kk < TILE; kk++) {
            int cand = add_sat(sA[threadIdx.y][kk], sB[kk][threadIdx.x]);
            if (cand < best)
                best = cand;
        }
        __syncthreads();
    }

    if (row < n && col < m)
        D[(size_t)row * m + col] = best;
}
