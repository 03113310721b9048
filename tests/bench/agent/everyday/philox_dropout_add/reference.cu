// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each element, in float64.
//
// warploom: launch philox_reference<<<ceil_div(n, 128), 128>>>(x, residual, out, keep, n, p, seed)

#include <cuda_bf16.h>

extern "C" __global__ void philox_reference(const __nv_bfloat16* x, const __nv_bfloat16* residual, double* out,
                                            unsigned char* keep, long long n, float p, long long seed)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    unsigned c[4] = {unsigned(i / 4), unsigned(i / 4 >> 32), 0, 0};
    unsigned k0 = unsigned(seed), k1 = unsigned((unsigned long long)seed >> 32);
    for (int round = 0; round < 10; ++round, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
        unsigned high0 = __umulhi(0xD2511F53u, c[0]), low0 = 0xD2511F53u * c[0];
        unsigned high1 = __umulhi(0xCD9E8D57u, c[2]), low1 = 0xCD9E8D57u * c[2];
        c[0] = high1 ^ c[1] ^ k0;
        c[1] = low1;
        c[2] = high0 ^ c[3] ^ k1;
        c[3] = low0;
    }
    keep[i] = (c[i % 4] >> 8) / 16777216.0 >= double(p);
    double kept = keep[i] ? double(__bfloat162float(x[i])) / (1 - double(p)) : 0;
    out[i] = double(__bfloat162float(residual[i])) + kept;
}
