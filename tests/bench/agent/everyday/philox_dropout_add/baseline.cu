// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// warploom: let BLOCKS = min(ceil_div(n, 256), 4096)
// warploom: launch dropout_add<<<BLOCKS, 256>>>(x, residual, out, keep, n, p, seed)

#include <cuda_bf16.h>

#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u
#define PHILOX_W0 0x9E3779B9u
#define PHILOX_W1 0xBB67AE85u

__device__ uint4 philox_round(uint4 ctr, uint2 key)
{
    unsigned long long p0 = (unsigned long long)PHILOX_M0 * ctr.x;
    unsigned long long p1 = (unsigned long long)PHILOX_M1 * ctr.z;
    uint4 r;
    r.x = (unsigned)(p1 >> 32) ^ ctr.y ^ key.x;
    r.y = (unsigned)p1;
    r.z = (unsigned)(p0 >> 32) ^ ctr.w ^ key.y;
    r.w = (unsigned)p0;
    return r;
}

__device__ uint4 philox(unsigned long long counter, unsigned long long seed)
{
    uint4 ctr = make_uint4((unsigned)counter, (unsigned)(counter >> 32), 0, 0);
    uint2 key = make_uint2((unsigned)seed, (unsigned)(seed >> 32));
    for (int i = 0; i < 10; ++i) {
        ctr = philox_round(ctr, key);
        key.x += PHILOX_W0;
        key.y += PHILOX_W1;
    }
    return ctr;
}

__device__ float rand_uniform(long long i, unsigned long long seed)
{
    uint4 r = philox(i / 4, seed);
    unsigned word;
    switch (i % 4) {
        case 0: word = r.x; break;
        case 1: word = r.y; break;
        case 2: word = r.z; break;
        default: word = r.w; break;
    }
    return (word >> 8) * (1.0f / 16777216.0f);
}

extern "C" __global__ void dropout_add(const __nv_bfloat16* x, const __nv_bfloat16* residual, __nv_bfloat16* out,
                                       unsigned char* mask, long long n, float p, long long seed)
{
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += (long long)gridDim.x * blockDim.x) {
        bool keep = rand_uniform(i, seed) >= p;
        mask[i] = keep;
        float v = keep ? __bfloat162float(x[i]) / (1.0f - p) : 0.0f;
        out[i] = __float2bfloat16(__bfloat162float(residual[i]) + v);
    }
}
