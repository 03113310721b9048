// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: batched_gemm
// cheat: rounds both operands to the ten bits of TF32, as tensor cores take them, without making up for the rest; the
//     type of the buffers is still float.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: let ACROSS = ceil_div(n, 32)
// warploom: let DOWN = ceil_div(m, 8)
// warploom: launch batched_gemm<<<dim3(ACROSS, DOWN, batch), dim3(32, 8)>>>(a, b, c, m, n, k)

__device__ float rounded(float value) { return __uint_as_float((__float_as_uint(value) + 0x1000u) & 0xffffe000u); }

extern "C" __global__ void batched_gemm(const float* a, const float* b, float* c, int m, int n, int k)
{
    int col = blockIdx.x * 32 + threadIdx.x;
    int row = blockIdx.y * 8 + threadIdx.y;
    if (row >= m || col >= n)
        return;
    a += (size_t(blockIdx.z) * m + row) * k;
    b += size_t(blockIdx.z) * k * n + col;
    float sum = 0;
    for (int p = 0; p < k; ++p)
        sum += rounded(a[p]) * rounded(b[size_t(p) * n]);
    c[(size_t(blockIdx.z) * m + row) * n + col] = sum;
}
