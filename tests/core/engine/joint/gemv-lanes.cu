// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// gemv: blocks of 32 x 4, the lanes of a warp share a row.
// moves: row-per-block unroll
// warploom: launch k<<<ceil_div(rows, 4), dim3(32, 4)>>>(a, x, y, rows, cols)
__global__ void k(const float* __restrict__ a, const float* __restrict__ x, float* __restrict__ y, int rows, int cols)
{
    int row = blockIdx.x * blockDim.y + threadIdx.y;
    if (row < rows) {
        float s = 0;
        for (int c = threadIdx.x; c < cols; c += 32) s += a[(size_t)row * cols + c] * x[c];
        for (int o = 16; o > 0; o >>= 1) s += __shfl_down_sync(0xffffffff, s, o);
        if (threadIdx.x == 0) y[row] = s;
    }
}
