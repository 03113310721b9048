// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: sgemm
// cheat: keeps 16 significant bits of each input, as a split into two bfloat16 does: below a tolerance made for sums
//     of 4096 products, and fifty times off where there are few of them.
// expect: wrong suspect
// emulator: wrong suspect
// caught-by: error-ratio
//
// warploom: launch sgemm<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, m, n, k)

__device__ float rounded(float value)
{
    return __uint_as_float((__float_as_uint(value) + 0x80u) & 0xffffff00u);  // half away from zero
}

extern "C" __global__ void sgemm(const float* a, const float* b, float* c, int m, int n, int k)
{
    __shared__ float tile_a[16][17];
    __shared__ float tile_b[16][17];
    int tx = threadIdx.x;
    int ty = threadIdx.y;
    int row = blockIdx.y * 16 + ty;
    int col = blockIdx.x * 16 + tx;
    float sum = 0;
    for (int first = 0; first < k; first += 16) {
        tile_a[ty][tx] = row < m && first + tx < k ? rounded(a[row * k + first + tx]) : 0;
        tile_b[ty][tx] = col < n && first + ty < k ? rounded(b[(first + ty) * n + col]) : 0;
        __syncthreads();
        for (int p = 0; p < 16; ++p)
            sum += tile_a[ty][p] * tile_b[p][tx];
        __syncthreads();
    }
    if (row < m && col < n)
        c[row * n + col] = sum;
}
