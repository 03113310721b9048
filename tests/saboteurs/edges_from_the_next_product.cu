// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: batched_gemm
// cheat: reads its tiles without looking at the edges and guards only what it writes: what lies past an edge of one
//     product belongs to the next row or the next product, so that nothing faults; but past the end of k it is added.
// expect: wrong out-of-bounds crashed
// emulator: wrong out-of-bounds
// caught-by: right, memory
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
    b += size_t(blockIdx.z) * k * n;
    c += size_t(blockIdx.z) * m * n;
    float sum = 0;
    for (int first = 0; first < k; first += 16) {
        tile_a[ty][tx] = a[row * k + first + tx];
        tile_b[ty][tx] = b[(first + ty) * n + col];
        __syncthreads();
        for (int p = 0; p < 16; ++p)
            sum += tile_a[ty][p] * tile_b[p][tx];
        __syncthreads();
    }
    if (row < m && col < n)
        c[row * n + col] = sum;
}
