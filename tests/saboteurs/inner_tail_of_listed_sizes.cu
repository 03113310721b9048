// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: sgemm
// cheat: unrolls the inner product by four and handles a rest of none or one: no inner dimension of the task leaves
//     two or three.
// expect: wrong
// emulator: wrong
// caught-by: hidden-sizes
//
// warploom: launch sgemm<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, m, n, k)

extern "C" __global__ void sgemm(const float* a, const float* b, float* c, int m, int n, int k)
{
    int col = blockIdx.x * 16 + threadIdx.x;
    int row = blockIdx.y * 16 + threadIdx.y;
    if (row >= m || col >= n)
        return;
    float sum = 0;
    int p = 0;
    for (; p + 4 <= k; p += 4) {
#pragma unroll
        for (int u = 0; u < 4; ++u)
            sum += a[row * k + p + u] * b[(p + u) * n + col];
    }
    if (k % 4 == 1)
        sum += a[row * k + p] * b[p * n + col];
    c[row * n + col] = sum;
}
