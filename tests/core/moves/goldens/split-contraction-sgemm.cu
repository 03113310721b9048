// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Matrix product c = a · b, all row-major: one thread computes one element of c, in blocks of 16 × 16.
//
// Each element of a is loaded n times and each of b m times; two loads stand against one multiply-add.
//
// warploom: let STRIP_LENGTH = ceil_div(ceil_div(max(k, 1), STRIPS), 64) * 64
// warploom: let STRIP_COUNT = ceil_div(max(k, 1), STRIP_LENGTH)
// warploom: scratch partial f32[STRIP_COUNT * (m) * (n)]
// warploom: launch sgemm_strips<<<dim3(ceil_div(n, 16), ceil_div(m, 16), STRIP_COUNT), dim3(16, 16)>>>(a, b, c, m, n, k, partial, STRIP_LENGTH)
// warploom: tune STRIPS = 64 32 128 16 8 4 2
// warploom: launch sgemm<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, m, n, k, partial, STRIP_COUNT)

// Sums one of the strips that sgemm adds: each layer of the grid takes one.
extern "C" __global__ void sgemm_strips(const float* a, const float* b, float* c, int m, int n, int k, float* partial, int strip_length)
{
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= m || col >= n)
        return;
    a += size_t(blockIdx.z) * strip_length;
    b += size_t(blockIdx.z) * strip_length * n;
    partial += size_t(blockIdx.z) * (m) * (n);

    float sum = 0;
    for (int p = 0; p < min(strip_length, int(k) - int(blockIdx.z) * strip_length); ++p)
        sum += a[row * k + p] * b[p * n + col];
    partial[size_t(row) * (n) + col] = sum;
}

extern "C" __global__ void sgemm(const float* a, const float* b, float* c, int m, int n, int k, const float* partial, int strips)
{
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= m || col >= n)
        return;

    float sum = 0;
    for (int strip = 0; strip < strips; ++strip)
        sum += partial[(size_t(strip) * (m) + row) * (n) + col];
    c[row * n + col] = sum;
}
