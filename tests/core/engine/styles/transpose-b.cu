// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// transpose: unsigned indices with names.
// expects: tile-transpose
// warploom: launch k<<<dim3(ceil_div(cols, 32), ceil_div(rows, 32)), dim3(32, 32)>>>(x, y, rows, cols)
__global__ void k(const float* in, float* out, int rows, int cols)
{
    unsigned int xIndex = blockDim.x * blockIdx.x + threadIdx.x;
    unsigned int yIndex = blockDim.y * blockIdx.y + threadIdx.y;
    if (xIndex >= cols || yIndex >= rows) return;
    size_t src = xIndex + (size_t)cols * yIndex;
    size_t dst = yIndex + (size_t)rows * xIndex;
    out[dst] = in[src];
}
