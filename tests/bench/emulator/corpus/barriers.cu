// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Barriers beyond the plain one, and copies that run beside the threads.
#include <cuda_pipeline.h>

// corpus: in=bits out=1
extern "C" __global__ void counting_barriers(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const int ones = __syncthreads_count(in[i] & 1u);
    const int all = __syncthreads_and(in[i] != 0);
    const int any = __syncthreads_or(in[i] % 1000u == 7u);
    out[i] = ones | all << 16 | any << 20;
}

// corpus: in=bits out=1
extern "C" __global__ void named_barriers(const unsigned* in, unsigned* out, int n)
{
    __shared__ unsigned kept[256];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const int half = threadIdx.x / 128;
    for (int round = 0; round < 1 + half; ++round) {
        kept[threadIdx.x] = in[i] + round;
        asm volatile("bar.sync %0, 128;" ::"r"(half + 1) : "memory");
        const unsigned other = kept[threadIdx.x ^ 64u];
        asm volatile("bar.sync %0, 128;" ::"r"(half + 1) : "memory");
        out[i] += other;
    }
}

// corpus: in=bits out=1
extern "C" __global__ void producers_and_consumers(const unsigned* in, unsigned* out, int n)
{
    __shared__ unsigned kept[128];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (threadIdx.x < 128) {
        kept[threadIdx.x] = in[i] * 3u;
        __threadfence_block();
        asm volatile("bar.arrive 1, 256;" ::: "memory");
    } else {
        asm volatile("bar.sync 1, 256;" ::: "memory");
        out[i] = kept[255 - threadIdx.x];
    }
}

// corpus: in=bits out=1
extern "C" __global__ void asynchronous_copies(const unsigned* in, unsigned* out, int n)
{
    __shared__ uint4 kept[2][256];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const uint4* from = reinterpret_cast<const uint4*>(in);
    unsigned sum = 0;
    __pipeline_memcpy_async(&kept[0][threadIdx.x], from + i, 16);
    __pipeline_commit();
    for (int k = 0; k < 4; ++k) {
        if (k < 3)
            __pipeline_memcpy_async(&kept[(k + 1) & 1][threadIdx.x], from + (i + (k + 1) * 64) % n, 16);
        __pipeline_commit();
        __pipeline_wait_prior(1);
        __syncthreads();
        sum = sum * 3u + kept[k & 1][threadIdx.x ^ 5u].y;
        __syncthreads();
    }
    out[i] = sum;
}

// corpus: in=bits out=1
extern "C" __global__ void mbarriers(const unsigned* in, unsigned* out, int n)
{
    __shared__ unsigned long long gate;
    __shared__ unsigned kept[256];
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned place = static_cast<unsigned>(__cvta_generic_to_shared(&gate));
    if (threadIdx.x == 0)
        asm volatile("mbarrier.init.shared.b64 [%0], 256;" ::"r"(place) : "memory");
    __syncthreads();
    for (unsigned phase = 0; phase < 3; ++phase) {
        kept[threadIdx.x] = in[i] + phase;
        asm volatile("{\n\t.reg .b64 state;\n\tmbarrier.arrive.shared.b64 state, [%0];\n\t}" ::"r"(place) : "memory");
        unsigned done = 0;
        while (!done)
            asm volatile("{\n\t.reg .pred p;\n\tmbarrier.test_wait.parity.shared.b64 p, [%1], %2;\n\tselp.u32 %0, 1, 0, p;\n\t}"
                         : "=r"(done) : "r"(place), "r"(phase & 1u) : "memory");
        out[i] += kept[threadIdx.x ^ 77u];
        __syncthreads();
    }
}
