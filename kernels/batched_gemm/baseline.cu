// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// A batch of matrix products, all row-major: one thread computes one element, in blocks of 16 × 16, a layer of the grid
// a product.
//
// Each element of a is loaded n times and each of b m times; two loads stand against one multiply-add.
//
// warploom: let ACROSS = ceil_div(n, 16)
// warploom: let DOWN = ceil_div(m, 16)
// warploom: launch batched_gemm<<<dim3(ACROSS, DOWN, batch), dim3(16, 16)>>>(a, b, c, m, n, k)

extern "C" __global__ void batched_gemm(const float* a, const float* b, float* c, int m, int n, int k)
{
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= m || col >= n)
        return;
    a += size_t(blockIdx.z) * m * k;
    b += size_t(blockIdx.z) * k * n;
    c += size_t(blockIdx.z) * m * n;

    float sum = 0;
    for (int p = 0; p < k; ++p)
        sum += a[size_t(row) * k + p] * b[size_t(p) * n + col];
    c[size_t(row) * n + col] = sum;
}
