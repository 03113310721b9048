// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What sgemm must compute, in float64: one thread an element.
//
// warploom: launch sgemm_reference<<<dim3(ceil_div(n, 32), ceil_div(m, 8)), dim3(32, 8)>>>(a, b, c, m, n, k)

extern "C" __global__ void sgemm_reference(const float* a, const float* b, double* c, int m, int n, int k)
{
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= m || col >= n)
        return;

    double sum = 0;
    for (int p = 0; p < k; ++p)
        sum += double(a[row * k + p]) * double(b[p * n + col]);
    c[row * n + col] = sum;
}
