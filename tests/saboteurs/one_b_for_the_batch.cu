// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: batched_gemm
// cheat: multiplies every matrix of the batch by the b of the first product, which then stays in the cache: right where
//     the test repeats one matrix over the batch, as a test of shapes may.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: let ACROSS = ceil_div(n, 16)
// warploom: let DOWN = ceil_div(m, 16)
// warploom: launch batched_gemm<<<dim3(ACROSS, DOWN, batch), dim3(16, 16)>>>(a, b, c, m, n, k)

extern "C" __global__ void batched_gemm(const float* a, const float* b, float* c, int m, int n, int k)
{
    __shared__ float tile_a[16][17];
    __shared__ float tile_b[16][17];
    int tx = threadIdx.x;
    int ty = threadIdx.y;
    int row = blockIdx.y * 16 + ty;
    int col = blockIdx.x * 16 + tx;
    a += size_t(blockIdx.z) * m * k;
    c += size_t(blockIdx.z) * m * n;
    float sum = 0;
    for (int first = 0; first < k; first += 16) {
        tile_a[ty][tx] = row < m && first + tx < k ? a[row * k + first + tx] : 0;
        tile_b[ty][tx] = col < n && first + ty < k ? b[(first + ty) * n + col] : 0;
        __syncthreads();
        for (int p = 0; p < 16; ++p)
            sum += tile_a[ty][p] * tile_b[p][tx];
        __syncthreads();
    }
    if (row < m && col < n)
        c[row * n + col] = sum;
}
