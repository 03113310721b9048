// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// gemv: a block a row, rows by strides of the grid.
// moves: row-per-block vectorize
// warploom: launch k<<<1024, 128>>>(a, x, y, rows, cols)
__global__ void k(const float* a, const float* x, float* y, int rows, int cols)
{
    __shared__ float part[128];
    for (int row = blockIdx.x; row < rows; row += gridDim.x) {
        float s = 0;
        for (int c = threadIdx.x; c < cols; c += blockDim.x) s += a[(size_t)row * cols + c] * x[c];
        part[threadIdx.x] = s;
        __syncthreads();
        for (int h = 64; h > 0; h >>= 1) {
            if (threadIdx.x < h) part[threadIdx.x] += part[threadIdx.x + h];
            __syncthreads();
        }
        if (threadIdx.x == 0) y[row] = part[0];
        __syncthreads();
    }
}
