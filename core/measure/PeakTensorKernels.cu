// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// What the tensor cores can do at most, by mma.sync: from sm_80 on. What a launch does is declared in PeakBench.cpp.
// On sm_90 this reaches less than wgmma does (PeakWgmmaKernels.cu), on sm_100 much less than tcgen05.

#define PEAK_THREADS 256
#define PEAK_CHAINS 8  // independent sums of a warp
#define PEAK_STEPS 8  // mma of a chain in a round
#define PEAK_UNLIKELY 0x5EEDC0DEu

__device__ __forceinline__ void keep(unsigned value, unsigned* sink)
{
    if (value == PEAK_UNLIKELY)
        *sink = value;
}

struct HalfMma {
    static __device__ __forceinline__ void step(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2])
    {
        asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
                     "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                     : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                     : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
    }
};

struct Tf32Mma {
    static __device__ __forceinline__ void step(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2])
    {
        asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
                     "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                     : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                     : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
    }
};

/// Small numbers in either type, another one in each lane, so that no sum overflows.
__device__ __forceinline__ unsigned pattern(unsigned place) { return 0x20002000u | (place * 0x9E3779B9u & 0x83FF83FFu); }

template <typename Mma>
__device__ __forceinline__ void mmaRounds(unsigned rounds, unsigned* sink)
{
    unsigned a[4];
    unsigned b[2];
    float sums[PEAK_CHAINS][4] = {};
#pragma unroll
    for (int i = 0; i < 4; ++i)
        a[i] = pattern(threadIdx.x + 32 * i);
#pragma unroll
    for (int i = 0; i < 2; ++i)
        b[i] = pattern(threadIdx.x + 32 * i + 7);
#pragma unroll 1
    for (unsigned round = 0; round < rounds; ++round) {
#pragma unroll
        for (int step = 0; step < PEAK_STEPS; ++step)
#pragma unroll
            for (int i = 0; i < PEAK_CHAINS; ++i)
                Mma::step(sums[i], a, b);
    }
    unsigned folded = 0;
#pragma unroll
    for (int i = 0; i < PEAK_CHAINS; ++i)
#pragma unroll
        for (int k = 0; k < 4; ++k)
            folded ^= __float_as_uint(sums[i][k]) + 4 * i + k;
    keep(folded, sink);
}

extern "C" __global__ void __launch_bounds__(PEAK_THREADS, 4) peak_mma_f16(unsigned rounds, unsigned* sink)
{
    mmaRounds<HalfMma>(rounds, sink);
}

extern "C" __global__ void __launch_bounds__(PEAK_THREADS, 4) peak_mma_tf32(unsigned rounds, unsigned* sink)
{
    mmaRounds<Tf32Mma>(rounds, sink);
}

#if __CUDA_ARCH__ == 900
#define PEAK_SUMS 4
__device__ __forceinline__ void doubleStep(double (&d)[PEAK_SUMS], const double (&a)[8], const double (&b)[4])
{
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f64.f64.f64.f64 "
                 "{%0, %1, %2, %3}, {%4, %5, %6, %7, %8, %9, %10, %11}, {%12, %13, %14, %15}, {%0, %1, %2, %3};"
                 : "+d"(d[0]), "+d"(d[1]), "+d"(d[2]), "+d"(d[3])
                 : "d"(a[0]), "d"(a[1]), "d"(a[2]), "d"(a[3]), "d"(a[4]), "d"(a[5]), "d"(a[6]), "d"(a[7]), "d"(b[0]),
                   "d"(b[1]), "d"(b[2]), "d"(b[3]));
}
#else
#define PEAK_SUMS 2
__device__ __forceinline__ void doubleStep(double (&d)[PEAK_SUMS], const double (&a)[8], const double (&b)[4])
{
    asm volatile("mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%0, %1}, {%2}, {%3}, {%0, %1};"
                 : "+d"(d[0]), "+d"(d[1])
                 : "d"(a[0]), "d"(b[0]));
}
#endif

extern "C" __global__ void __launch_bounds__(PEAK_THREADS, 2) peak_mma_f64(unsigned rounds, unsigned* sink)
{
    double a[8];
    double b[4];
    double sums[PEAK_CHAINS][PEAK_SUMS] = {};
#pragma unroll
    for (int i = 0; i < 8; ++i)
        a[i] = (int(threadIdx.x) - 16 * i) * 1e-3;
#pragma unroll
    for (int i = 0; i < 4; ++i)
        b[i] = (int(threadIdx.x) - 8 * i) * 1e-3;
#pragma unroll 1
    for (unsigned round = 0; round < rounds; ++round) {
#pragma unroll
        for (int step = 0; step < PEAK_STEPS; ++step)
#pragma unroll
            for (int i = 0; i < PEAK_CHAINS; ++i)
                doubleStep(sums[i], a, b);
    }
    unsigned folded = 0;
#pragma unroll
    for (int i = 0; i < PEAK_CHAINS; ++i)
#pragma unroll
        for (int k = 0; k < PEAK_SUMS; ++k)
            folded ^= unsigned(__double2hiint(sums[i][k])) + __double2loint(sums[i][k]) + PEAK_SUMS * i + k;
    keep(folded, sink);
}
