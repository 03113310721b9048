// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// column_sum: a grid-stride loop and a moving pointer.
// expects: split-sum
// warploom: launch k<<<ceil_div(cols, 256), 256>>>(x, y, rows, cols)
__global__ void k(const float* __restrict__ x, float* __restrict__ y, int rows, int cols)
{
    for (int c = blockIdx.x * blockDim.x + threadIdx.x; c < cols; c += gridDim.x * blockDim.x) {
        float s = 0.f;
        const float* p = x + c;
        for (int r = 0; r < rows; r++, p += cols)
            s += *p;
        y[c] = s;
    }
}
