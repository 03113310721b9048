// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// gemv: two rows a thread, so that each element of x serves both.
// expects: row-per-block
// warploom: launch mv2<<<ceil_div(ceil_div(rows, 2), 128), 128>>>(a, x, y, rows, cols)
__global__ void mv2(const float* __restrict__ a, const float* __restrict__ x, float* __restrict__ y, int rows, int cols)
{
    const int t = blockIdx.x * blockDim.x + threadIdx.x;
    const int r0 = t * 2;
    float sum[2] = {};
    for (int c = 0; c < cols; c++) {
        const float xv = x[c];
        for (int r = 0; r < 2; r++)
            if (r0 + r < rows)
                sum[r] += a[(size_t)(r0 + r) * cols + c] * xv;
    }
    for (int r = 0; r < 2; r++) {
        if (r0 + r >= rows)
            continue;
        y[r0 + r] = sum[r];
    }
}
