// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Matrix product with bfloat16, c = a · bᵀ: one thread computes one element of c, in blocks of 16 × 16, and adds in
// float. b holds its columns as rows, as weights of a linear layer are stored.
//
// Neighbouring threads stand in neighbouring rows of b, so each load of a warp touches 16 different places in memory;
// two loads and two conversions stand against one multiply-add, and the tensor cores have nothing to do.
//
// warploom: launch bgemm<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, m, n, k)

#include <cuda_bf16.h>

extern "C" __global__ void bgemm(const __nv_bfloat16* a, const __nv_bfloat16* b, __nv_bfloat16* c, int m, int n, int k)
{
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= m || col >= n)
        return;

    float sum = 0;
    for (int p = 0; p < k; ++p)
        sum += __bfloat162float(a[size_t(row) * k + p]) * __bfloat162float(b[size_t(col) * k + p]);
    c[size_t(row) * n + col] = __float2bfloat16(sum);
}
