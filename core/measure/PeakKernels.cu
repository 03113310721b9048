// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// What a card can do at most: DRAM, L2, shared memory, f32 and f64 arithmetic. What each launch does is declared in
// PeakBench.cpp, which a test holds against the emulator's counts. Results depend on everything that was loaded or
// computed, and are stored only where they hit one value in 2^32, so that nothing can be left out.

typedef unsigned long long Word;

#define PEAK_THREADS 256
#define PEAK_BLOCKS 4  // of a multiprocessor: eight warps for each of its schedulers
#define PEAK_LOADS 8  // independent 16-byte loads of a thread
#define PEAK_CHAINS 16  // independent FMA of a thread
#define PEAK_STEPS 16  // FMA of a chain in a round
#define PEAK_UNLIKELY 0x5EEDC0DEu

__device__ __forceinline__ unsigned folded(uint4 value) { return value.x ^ value.y ^ value.z ^ value.w; }

__device__ __forceinline__ void keep(unsigned value, unsigned* sink)
{
    if (value == PEAK_UNLIKELY)
        *sink = value;
}

__device__ __forceinline__ uint4 loadPastL1(const uint4* from)
{
    uint4 value;
    asm volatile("ld.global.cg.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(value.x), "=r"(value.y), "=r"(value.z), "=r"(value.w)
                 : "l"(from));
    return value;
}

__device__ __forceinline__ uint4 loadShared(unsigned from)
{
    uint4 value;
    asm volatile("ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(value.x), "=r"(value.y), "=r"(value.z), "=r"(value.w)
                 : "r"(from));
    return value;
}

/// Every block reads a piece of its own, of rounds × PEAK_LOADS × PEAK_THREADS × 16 bytes.
extern "C" __global__ void __launch_bounds__(PEAK_THREADS) peak_read(const uint4* __restrict__ from, unsigned rounds,
                                                                     unsigned* sink)
{
    const uint4* at = from + Word(blockIdx.x) * rounds * (PEAK_LOADS * PEAK_THREADS) + threadIdx.x;
    unsigned sum = 0;
    for (unsigned round = 0; round < rounds; ++round, at += PEAK_LOADS * PEAK_THREADS) {
        uint4 values[PEAK_LOADS];
#pragma unroll
        for (int i = 0; i < PEAK_LOADS; ++i)
            values[i] = at[i * PEAK_THREADS];
#pragma unroll
        for (int i = 0; i < PEAK_LOADS; ++i)
            sum ^= folded(values[i]);
    }
    keep(sum, sink);
}

extern "C" __global__ void __launch_bounds__(PEAK_THREADS) peak_copy(uint4* __restrict__ to,
                                                                     const uint4* __restrict__ from, unsigned rounds)
{
    const Word first = Word(blockIdx.x) * rounds * (PEAK_LOADS * PEAK_THREADS) + threadIdx.x;
    from += first;
    to += first;
    for (unsigned round = 0; round < rounds; ++round) {
        uint4 values[PEAK_LOADS];
#pragma unroll
        for (int i = 0; i < PEAK_LOADS; ++i)
            values[i] = from[i * PEAK_THREADS];
#pragma unroll
        for (int i = 0; i < PEAK_LOADS; ++i)
            to[i * PEAK_THREADS] = values[i];
        from += PEAK_LOADS * PEAK_THREADS;
        to += PEAK_LOADS * PEAK_THREADS;
    }
}

/// Every block walks round a set of `tiles` × PEAK_LOADS × PEAK_THREADS × 16 bytes, each from another place, so that
/// few ask for the same lines at once.
extern "C" __global__ void __launch_bounds__(PEAK_THREADS, PEAK_BLOCKS) peak_l2(const uint4* from, unsigned tiles, unsigned rounds,
                                                                   unsigned* sink)
{
    unsigned tile = __umulhi(blockIdx.x * 2654435769u, tiles);
    unsigned sum = 0;
    for (unsigned round = 0; round < rounds; ++round) {
        const uint4* at = from + Word(tile) * (PEAK_LOADS * PEAK_THREADS) + threadIdx.x;
        tile = tile + 1 == tiles ? 0 : tile + 1;
        uint4 values[PEAK_LOADS];
#pragma unroll
        for (int i = 0; i < PEAK_LOADS; ++i)
            values[i] = loadPastL1(at + i * PEAK_THREADS);
#pragma unroll
        for (int i = 0; i < PEAK_LOADS; ++i)
            sum ^= folded(values[i]);
    }
    keep(sum, sink);
}

/// Neighbouring lanes read neighbouring 16 bytes: no bank conflicts. The place changes each round, else the assembler
/// could load once.
extern "C" __global__ void __launch_bounds__(PEAK_THREADS, PEAK_BLOCKS) peak_shared(unsigned rounds, unsigned* sink)
{
    __shared__ uint4 tile[2 * PEAK_THREADS + PEAK_LOADS];
    for (unsigned i = threadIdx.x; i < 2 * PEAK_THREADS + PEAK_LOADS; i += PEAK_THREADS)
        tile[i] = make_uint4(i, i * 3, i * 5, i * 7);
    __syncthreads();
    unsigned sum = 0;
    unsigned at = unsigned(__cvta_generic_to_shared(tile)) + threadIdx.x * 16;
    unsigned other = at + PEAK_THREADS * 16;
#pragma unroll 1
    for (unsigned round = 0; round < rounds; ++round) {
        uint4 values[PEAK_LOADS];
#pragma unroll
        for (int i = 0; i < PEAK_LOADS; ++i)
            values[i] = loadShared(at + i * 16);
#pragma unroll
        for (int i = 0; i < PEAK_LOADS; ++i)
            sum ^= folded(values[i]);
        const unsigned last = at;
        at = other;
        other = last;
    }
    keep(sum, sink);
}

__device__ __forceinline__ float fused(float a, float b, float c) { return __fmaf_rn(a, b, c); }
__device__ __forceinline__ double fused(double a, double b, double c) { return __fma_rn(a, b, c); }

template <typename T>
__device__ __forceinline__ void fmaRounds(T (&chains)[PEAK_CHAINS], T factor, T term, unsigned rounds)
{
#pragma unroll
    for (int i = 0; i < PEAK_CHAINS; ++i)
        chains[i] = T(int(threadIdx.x) + i);
#pragma unroll 1
    for (unsigned round = 0; round < rounds; ++round) {
#pragma unroll
        for (int step = 0; step < PEAK_STEPS; ++step)
#pragma unroll
            for (int i = 0; i < PEAK_CHAINS; ++i)
                chains[i] = fused(chains[i], factor, term);
    }
}

extern "C" __global__ void __launch_bounds__(PEAK_THREADS, PEAK_BLOCKS) peak_fp32(float factor, float term, unsigned rounds,
                                                                     unsigned* sink)
{
    float chains[PEAK_CHAINS];
    fmaRounds(chains, factor, term, rounds);
    unsigned sum = 0;
    for (int i = 0; i < PEAK_CHAINS; ++i)
        sum ^= __float_as_uint(chains[i]) + i;
    keep(sum, sink);
}

extern "C" __global__ void __launch_bounds__(PEAK_THREADS, PEAK_BLOCKS) peak_fp64(double factor, double term, unsigned rounds,
                                                                     unsigned* sink)
{
    double chains[PEAK_CHAINS];
    fmaRounds(chains, factor, term, rounds);
    unsigned sum = 0;
    for (int i = 0; i < PEAK_CHAINS; ++i)
        sum ^= unsigned(__double2hiint(chains[i])) + __double2loint(chains[i]) + i;
    keep(sum, sink);
}
