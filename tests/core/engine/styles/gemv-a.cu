// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// gemv: sums in memory.
// expects: row-per-block
// warploom: launch k<<<ceil_div(rows, 64), 64>>>(a, x, y, rows, cols)
__global__ void k(const float* a, const float* x, float* y, int M, int N)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < M) {
        y[i] = 0;
        for (int j = 0; j < N; ++j)
            y[i] += a[(long)i * N + j] * x[j];
    }
}
