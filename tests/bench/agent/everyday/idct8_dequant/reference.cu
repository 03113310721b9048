// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each pixel, in float64; the sixteen products of each frequency are table look-ups.
//
// warploom: let TOTAL = 64 * by * bx
// warploom: launch idct_reference<<<ceil_div(TOTAL, 128), 128>>>(coef, quant, out, TOTAL, bx)

extern "C" __global__ void idct_reference(const short* coef, const unsigned short* quant, unsigned char* out, long long total,
                                          long long bx)
{
    __shared__ double table[8][8];
    if (threadIdx.x < 64) {
        int p = threadIdx.x / 8, u = threadIdx.x % 8;
        table[p][u] = (u ? 0.5 : sqrt(0.125)) * cospi((2 * p + 1) * u / 16.0);
    }
    __syncthreads();
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= total)
        return;
    long long x = i % (8 * bx), y = i / (8 * bx);
    const short* c = coef + (y / 8 * bx + x / 8) * 64;
    double sum = 128;
    int u = 0, v = 0;
    for (int e = 0; e < 64; ++e) {
        sum += double(int(c[e]) * int(quant[e])) * table[x % 8][u] * table[y % 8][v];
        if ((u + v) % 2 == 0) { // upwards
            if (u == 7)
                ++v;
            else {
                ++u;
                v -= v > 0;
            }
        } else {
            if (v == 7)
                ++u;
            else {
                ++v;
                u -= u > 0;
            }
        }
    }
    sum = round(sum);
    out[i] = sum < 0 ? 0 : sum > 255 ? 255 : (unsigned char)sum;
}
