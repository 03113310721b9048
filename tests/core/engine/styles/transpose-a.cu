// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// transpose: one flat index.
// expects: tile-transpose
// warploom: launch k<<<ceil_div(rows * cols, 256), 256>>>(x, y, rows, cols)
__global__ void k(const float* in, float* out, int rows, int cols)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < (long long)rows * cols) {
        long long r = i / cols, c = i % cols;
        out[c * rows + r] = in[i];
    }
}
