// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Matrix product c = a · b, all row-major: one thread computes one element of c, in blocks of 16 × 16.
//
// Each element of a is loaded n times and each of b m times; two loads stand against one multiply-add.
//
// warploom: tune TILE = 16 32 8
// warploom: launch sgemm<<<dim3(ceil_div(n, TILE), ceil_div(m, TILE)), dim3(TILE, TILE)>>>(a, b, c, m, n, k)

extern "C" __global__ void sgemm(const float* a, const float* b, float* c, int m, int n, int k)
{
    __shared__ float left_tile[TILE][TILE];
    __shared__ float right_tile[TILE][TILE];
    const int col = blockIdx.x * TILE + threadIdx.x;
    const int row = blockIdx.y * TILE + threadIdx.y;

    float sum = 0;
    for (int tile_begin = 0; tile_begin < k; tile_begin += TILE) {
        {
            const int p = tile_begin + threadIdx.x;
            left_tile[threadIdx.y][threadIdx.x] = row < m && p < k ? a[row * k + p] : float(0);
        }
        {
            const int p = tile_begin + threadIdx.y;
            right_tile[threadIdx.y][threadIdx.x] = p < k && col < n ? b[p * n + col] : float(0);
        }
        __syncthreads();
        for (int step = 0; step < TILE; ++step)
            sum += left_tile[threadIdx.y][step] * right_tile[step][threadIdx.x];
        __syncthreads();
    }
    if (row < m && col < n) {
        c[row * n + col] = sum;
    }
}
