// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// A block of 8 x 8 threads decodes a block of 8 x 8 pixels.
//
// warploom: launch idct_block<<<dim3(bx, by), dim3(8, 8)>>>(coef, quant, out, bx)

#define PI 3.14159265358979f

__constant__ unsigned char unzigzag[64] = {
     0,  1,  8, 16,  9,  2,  3, 10,
    17, 24, 32, 25, 18, 11,  4,  5,
    12, 19, 26, 33, 40, 48, 41, 34,
    27, 20, 13,  6,  7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36,
    29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46,
    53, 60, 61, 54, 47, 55, 62, 63
};

__device__ float dct_basis(int x, int u)
{
    float c = u == 0 ? sqrtf(0.5f) : 1.0f;
    return 0.5f * c * cosf((2 * x + 1) * u * PI / 16);
}

extern "C" __global__ void idct_block(const short *coef, const unsigned short *qtable, unsigned char *out, int blocks_x)
{
    __shared__ float F[8][8];
    __shared__ float tmp[8][8];

    const int tx = threadIdx.x;
    const int ty = threadIdx.y;
    const int tid = ty * 8 + tx;
    const size_t block = (size_t)blockIdx.y * blocks_x + blockIdx.x;

    const int pos = unzigzag[tid];
    F[pos / 8][pos % 8] = (float)coef[block * 64 + tid] * qtable[tid];
    __syncthreads();

    // rows
    float s = 0;
    for (int u = 0; u < 8; u++)
        s += F[ty][u] * dct_basis(tx, u);
    tmp[ty][tx] = s;
    __syncthreads();

    // columns
    s = 0;
    for (int v = 0; v < 8; v++)
        s += tmp[v][tx] * dct_basis(ty, v);

    s = roundf(s + 128.0f);
    if (s < 0) s = 0;
    if (s > 255) s = 255;
    out[((size_t)blockIdx.y * 8 + ty) * blocks_x * 8 + blockIdx.x * 8 + tx] = (unsigned char)s;
}
