// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "CheckedKernel.h"

namespace warploom::test {

/// Kernels that look like the faulty ones and are right.
inline const std::vector<CheckedKernel>& honestKernels()
{
    static const std::vector<CheckedKernel> kKernels{
        {"mirror", Verdict::Ok, 4, 64, R"(KERNEL {
    __shared__ float t[64];
    t[TID] = x[GID];
    __syncthreads();
    y[GID] = t[63 - TID];
})"},
        {"tree reduction", Verdict::Ok, 4, 256, R"(KERNEL {
    __shared__ float t[256];
    t[TID] = x[GID];
    for (int half = 128; half > 0; half /= 2) {
        __syncthreads();
        if (TID < half) t[TID] += t[TID + half];
    }
    if (TID == 0) atomicAdd(y, t[0]);
})"},
        {"last warp with __syncwarp", Verdict::Ok, 4, 64, R"(KERNEL {
    __shared__ float t[64];
    t[TID] = x[GID];
    __syncthreads();
    if (TID < 32) {
        float v = t[TID] + t[TID + 32];
        for (int d = 16; d > 0; d /= 2) {
            t[TID] = v;
            __syncwarp();
            v += t[TID ^ d];
            __syncwarp();
        }
        if (TID == 0) y[blockIdx.x] = v;
    }
})"},
        {"volatile warp reduction with __syncwarp", Verdict::Ok, 4, 64, R"(KERNEL {
    __shared__ volatile float t[64];
    t[TID] = x[GID];
    __syncthreads();
    if (TID < 32) {
        float v = t[TID] + t[TID + 32];
        for (int d = 16; d > 0; d /= 2) {
            __syncwarp();
            t[TID] = v;
            __syncwarp();
            v += t[TID ^ d];
        }
        if (TID == 0) y[blockIdx.x] = v;
    }
})"},
        {"shuffles and one slot a warp", Verdict::Ok, 4, 256, R"(KERNEL {
    __shared__ float warps[8];
    float sum = x[GID];
    for (int d = 16; d > 0; d /= 2) sum += __shfl_down_sync(~0u, sum, d);
    if (TID % 32 == 0) warps[TID / 32] = sum;
    __syncthreads();
    if (TID < 8) {
        sum = warps[TID];
        for (int d = 4; d > 0; d /= 2) sum += __shfl_down_sync(0xffu, sum, d);
        if (TID == 0) y[blockIdx.x] = sum;
    }
})"},
        {"shuffle orders shared memory", Verdict::Ok, 1, 64, R"(KERNEL {
    __shared__ float t[64];
    t[TID] = x[TID];
    int lane = __shfl_sync(~0u, int(TID % 32), 31 - TID % 32);
    y[TID] = t[TID / 32 * 32 + lane];
})"},
        {"ballot orders shared memory", Verdict::Ok, 1, 64, R"(KERNEL {
    __shared__ float t[64];
    t[TID] = x[TID];
    unsigned positive = __ballot_sync(~0u, x[TID] > 0);
    y[TID] = t[TID ^ 1] + __popc(positive);
})"},
        {"tiles of sixteen lanes", Verdict::Ok, 1, 64, R"(KERNEL {
    __shared__ float t[64];
    unsigned mine = TID % 32 < 16 ? 0xffffu : 0xffff0000u;
    t[TID] = x[TID];
    __syncwarp(mine);
    float v = t[TID ^ 15];
    __syncwarp(mine);
    t[TID] = v;
    __syncwarp(mine);
    y[TID] = t[TID ^ 7];
})"},
        {"divergent halves meet by themselves", Verdict::Ok, 1, 32, R"(KERNEL {
    __shared__ float t[32];
    if (TID < 16) {
        t[TID] = x[TID];
        __syncwarp(0xffffu);
        y[TID] = t[15 - TID];
    } else {
        t[TID] = -x[TID];
        __syncwarp(0xffff0000u);
        y[TID] = t[47 - TID];
    }
})"},
        {"shared histogram", Verdict::Ok, 4, 128, R"(KERNEL {
    __shared__ unsigned bins[32];
    if (TID < 32) bins[TID] = 0;
    __syncthreads();
    atomicAdd(&bins[unsigned(GID * 7) % 32], 1u);
    __syncthreads();
    if (TID < 32) atomicAdd(&c[TID], bins[TID]);
})"},
        {"bins of each warp", Verdict::Ok, 2, 128, R"(KERNEL {
    __shared__ unsigned bins[4][32];
    bins[TID / 32][TID % 32] = 0;
    __syncwarp();
    for (int i = 0; i < 8; ++i) {
        atomicAdd(&bins[TID / 32][unsigned(GID * 7 + i) % 32], 1u);
        __syncwarp();
    }
    unsigned mine = bins[TID / 32][TID % 32];
    atomicAdd(&c[TID % 32], mine);
})"},
        {"everybody sets one flag", Verdict::Ok, 4, 128, R"(KERNEL {
    __shared__ int any;
    if (TID == 0) any = 0;
    __syncthreads();
    if (x[GID] > 0) any = 1;
    __syncthreads();
    y[GID] = any;
    c[0] = 7;
})"},
        {"__syncthreads_or and _count", Verdict::Ok, 4, 128, R"(KERNEL {
    __shared__ float t[128];
    t[TID] = x[GID];
    int any = __syncthreads_or(x[GID] > 0.9f);
    y[GID] = t[127 - TID] + any;
    int count = __syncthreads_count(x[GID] > 0);
    t[TID] = count;
    __syncthreads();
    y[GID] += t[(TID + 1) % 128];
})"},
        {"double buffer with one barrier a step", Verdict::Ok, 1, 64, R"(KERNEL {
    __shared__ float t[2][64];
    t[0][TID] = x[TID];
    float sum = 0;
    for (int i = 0; i < 6; ++i) {
        __syncthreads();
        t[(i + 1) % 2][TID] = x[i * 64 + TID];
        sum += t[i % 2][63 - TID];
    }
    y[TID] = sum;
})"},
        {"swizzled transpose", Verdict::Ok, 4, 256, R"(KERNEL {
    __shared__ float t[16][16];
    int row = TID / 16, col = TID % 16;
    t[row][col ^ row] = x[GID];
    __syncthreads();
    y[GID] = t[col][row ^ col];
})"},
        {"halo tile", Verdict::Ok, 4, 64, R"(KERNEL {
    __shared__ float t[66];
    t[TID + 1] = x[GID];
    if (TID == 0) t[0] = GID > 0 ? x[GID - 1] : 0;
    if (TID == 63) t[65] = x[GID + 1];
    __syncthreads();
    y[GID] = t[TID] + t[TID + 1] + t[TID + 2];
})"},
        {"producer and consumer with two named barriers", Verdict::Ok, 1, 128, R"(KERNEL {
    __shared__ float t[64];
    for (int i = 0; i < 4; ++i) {
        if (TID >= 64) {
            if (i > 0) asm volatile("bar.sync 2, 128;" ::: "memory");
            t[TID - 64] = x[i * 64 + TID];
            asm volatile("bar.arrive 1, 128;" ::: "memory");
        } else {
            asm volatile("bar.sync 1, 128;" ::: "memory");
            y[i * 64 + TID] = t[63 - TID];
            if (i < 3) asm volatile("bar.arrive 2, 128;" ::: "memory");
        }
    }
})"},
        {"two teams with a barrier each", Verdict::Ok, 1, 128, R"(KERNEL {
    __shared__ float t[128];
    t[TID] = x[TID];
    if (TID < 64) asm volatile("bar.sync 1, 64;" ::: "memory");
    else asm volatile("bar.sync 2, 64;" ::: "memory");
    float v = t[TID ^ 63];
    if (TID < 64) asm volatile("bar.sync 1, 64;" ::: "memory");
    else asm volatile("bar.sync 2, 64;" ::: "memory");
    t[TID] = v;
    __syncthreads();
    y[TID] = t[127 - TID];
})"},
        {"a warp spins on a volatile flag", Verdict::Ok, 1, 64, R"(KERNEL {
    __shared__ float t[32];
    __shared__ volatile int ready;
    if (TID == 0) ready = 0;
    __syncthreads();
    if (TID >= 32) {
        t[TID - 32] = x[TID];
        __threadfence_block();
        __syncwarp();
        if (TID == 32) ready = 1;
    } else {
        while (ready == 0) { }
        __threadfence_block();
        y[TID] = t[31 - TID];
    }
})"},
        {"a lock with atomics and fences", Verdict::Ok, 1, 64, R"(KERNEL {
    __shared__ int lock;
    __shared__ float sum;
    if (TID == 0) { lock = 0; sum = 0; }
    __syncthreads();
    if (TID % 32 == 0) {
        while (atomicCAS(&lock, 0, 1) != 0) { }
        __threadfence_block();
        sum += x[TID];
        __threadfence_block();
        atomicExch(&lock, 0);
    }
    __syncthreads();
    y[TID] = sum;
})"},
        {"last block adds up", Verdict::Ok, 8, 64, R"(KERNEL {
    __shared__ float t[64];
    __shared__ bool isLast;
    t[TID] = x[GID];
    __syncthreads();
    if (TID == 0) {
        float sum = 0;
        for (int i = 0; i < 64; ++i) sum += t[i];
        s[blockIdx.x] = sum;
        __threadfence();
        isLast = atomicAdd(c, 1u) == gridDim.x - 1;
    }
    __syncthreads();
    if (isLast && TID == 0) {
        __threadfence();
        float sum = 0;
        for (int b = 0; b < gridDim.x; ++b) sum += s[b];
        y[0] = sum;
        c[0] = 0;
    }
})"},
        {"every thread leaves a part for the last block", Verdict::Ok, 8, 64, R"(KERNEL {
    __shared__ bool isLast;
    s[GID] = x[GID] * 2;
    __threadfence();
    __syncthreads();
    if (TID == 0) isLast = atomicAdd(c, 1u) == gridDim.x - 1;
    __syncthreads();
    if (isLast) {
        float sum = 0;
        for (int b = 0; b < gridDim.x; ++b) sum += s[b * 64 + TID];
        y[TID] = sum;
    }
})"},
        {"split sums with atomics", Verdict::Ok, 8, 64, R"(KERNEL {
    atomicAdd(&y[TID], x[GID]);
})"},
        {"look-back over flags", Verdict::Ok, 8, 32, R"(KERNEL {
    __shared__ float before;
    float sum = x[GID];
    for (int d = 16; d > 0; d /= 2) sum += __shfl_xor_sync(~0u, sum, d);
    if (TID == 0) {
        volatile unsigned* flags = c;
        before = 0;
        if (blockIdx.x > 0) {
            while (flags[blockIdx.x - 1] == 0) { }
            __threadfence();
            before = s[blockIdx.x - 1];
        }
        s[blockIdx.x] = before + sum;
        __threadfence();
        flags[blockIdx.x] = 1;
    }
    __syncthreads();
    y[GID] = before;
})"},
        {"look-back over acquire and release", Verdict::Ok, 8, 32, R"(#include <cuda/atomic>
KERNEL {
    float sum = x[GID];
    for (int d = 16; d > 0; d /= 2) sum += __shfl_xor_sync(~0u, sum, d);
    if (TID == 0) {
        float before = 0;
        if (blockIdx.x > 0) {
            cuda::atomic_ref<unsigned, cuda::thread_scope_device> left(c[blockIdx.x - 1]);
            while (left.load(cuda::memory_order_acquire) == 0) { }
            before = s[blockIdx.x - 1];
        }
        s[blockIdx.x] = before + sum;
        cuda::atomic_ref<unsigned, cuda::thread_scope_device>(c[blockIdx.x]).store(1, cuda::memory_order_release);
    }
})"},
        {"a barrier of the whole grid", Verdict::Ok, 2, 64, R"(KERNEL {
    s[GID] = x[GID];
    __syncthreads();
    if (TID == 0) {
        __threadfence();
        atomicAdd(c, 1u);
        while (*(volatile unsigned*)c < gridDim.x) { }
        __threadfence();
    }
    __syncthreads();
    y[GID] = s[127 - GID];
})"},
        {"same value from every block", Verdict::Ok, 8, 64, R"(KERNEL {
    if (x[GID] > 0) c[5] = 1;
    y[GID % 16] = 3;
})"},
        {"in place, each thread its own", Verdict::Ok, 8, 64, R"(KERNEL {
    y[GID] = x[GID];
    y[GID] += 1;
    __syncthreads();
    y[GID] *= y[GID ^ 1];
})"},
        {"bytes side by side", Verdict::Ok, 4, 64, R"(KERNEL {
    unsigned char* bytes = reinterpret_cast<unsigned char*>(y);
    __shared__ unsigned char flags[64];
    flags[TID] = x[GID] > 0;
    bytes[GID * 3] = flags[TID];
    bytes[GID * 3 + 1] = 1;
    __syncthreads();
    bytes[GID * 3 + 2] = flags[63 - TID];
})"},
        {"vectors and scalars of one tile", Verdict::Ok, 2, 64, R"(KERNEL {
    __shared__ float4 t[64];
    t[TID] = reinterpret_cast<const float4*>(x)[GID];
    __syncthreads();
    const float* f = reinterpret_cast<const float*>(t);
    float sum = 0;
    for (int i = 0; i < 4; ++i) sum += f[i * 64 + TID];
    y[GID] = sum;
})"},
        {"cooperative groups", Verdict::Ok, 2, 128, R"(#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
namespace cg = cooperative_groups;
KERNEL {
    __shared__ float t[128];
    cg::thread_block block = cg::this_thread_block();
    auto tile = cg::tiled_partition<16>(block);
    t[TID] = x[GID];
    tile.sync();
    float v = t[TID ^ 5] + tile.shfl_xor(x[GID], 3);
    v = cg::reduce(tile, v, cg::plus<float>());
    block.sync();
    t[TID] = v;
    block.sync();
    y[GID] = t[127 - TID];
})"},
        {"pipeline of cp.async", Verdict::Ok, 1, 64, R"(#include <cuda_pipeline.h>
KERNEL {
    __shared__ float t[2][64];
    float sum = 0;
    __pipeline_memcpy_async(&t[0][TID], &x[TID], 4);
    __pipeline_commit();
    for (int i = 0; i < 6; ++i) {
        __pipeline_memcpy_async(&t[(i + 1) % 2][TID], &x[(i + 1) * 64 + TID], 4);
        __pipeline_commit();
        __pipeline_wait_prior(1);
        __syncthreads();
        sum += t[i % 2][63 - TID];
        __syncthreads();
    }
    y[TID] = sum;
})"},
        {"half functions, whose registers are declared without a blank", Verdict::Ok, 1, 64, R"(#include <cuda_fp16.h>
KERNEL {
    y[GID] = __half2float(hexp(__float2half(x[GID]))) + __half2float(hrsqrt(__float2half(2.0f)));
})"},
        // The narrowest access to shared memory is the copy's.
        {"narrow copies read as vectors", Verdict::Ok, 1, 64, R"(KERNEL {
    __shared__ __align__(16) float t[4 * 64];
    for (int i = 0; i < 4; ++i)
        asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;"
                     :: "r"((unsigned)__cvta_generic_to_shared(&t[i * 64 + TID])), "l"(x + i * 64 + TID), "r"(i < 3 ? 4 : 0)
                     : "memory");
    asm volatile("cp.async.wait_all;" ::: "memory");
    __syncthreads();
    float4 v = *reinterpret_cast<float4*>(&t[(TID ^ 1) * 4]);
    y[TID] = v.x + v.y + v.z + v.w;
})"},
        {"an array of the thread's own", Verdict::Ok, 2, 64, R"(KERNEL {
    float mine[16];
    for (int i = 0; i < 16; ++i) mine[i] = x[GID + i];
    for (int i = 1; i < 16; ++i)
        for (int j = i; j > 0 && mine[j] < mine[j - 1]; --j) { float a = mine[j]; mine[j] = mine[j - 1]; mine[j - 1] = a; }
    y[GID] = mine[c[GID] % 16];
})"},
        {"early leavers", Verdict::Ok, 2, 96, R"(KERNEL {
    __shared__ float t[96];
    if (TID >= 64) return;
    t[TID] = x[GID];
    __syncthreads();
    y[GID] = t[63 - TID];
})"},
        {"matrix product in tiles", Verdict::Ok, 4, 256, R"(KERNEL {
    __shared__ float a[16][16], b[16][16];
    int row = TID / 16, col = TID % 16;
    float sum = 0;
    for (int p = 0; p < 4; ++p) {
        a[row][col] = x[row * 64 + p * 16 + col];
        b[row][col] = x[(p * 16 + row) * 64 + blockIdx.x * 16 + col];
        __syncthreads();
        for (int q = 0; q < 16; ++q) sum += a[row][q] * b[q][col];
        __syncthreads();
    }
    y[GID] = sum;
})"},
        {"ldmatrix behind a barrier", Verdict::Ok, 1, 64, R"(KERNEL {
    __shared__ __align__(16) float t[256];
    for (int i = 0; i < 4; ++i) t[i * 64 + TID] = x[i * 64 + TID];
    __syncthreads();
    unsigned row = (unsigned)__cvta_generic_to_shared(&t[(63 - TID) * 4]), v[4];
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(v[0]), "=r"(v[1]), "=r"(v[2]), "=r"(v[3]) : "r"(row) : "memory");
    y[TID] = __uint_as_float(v[0] ^ v[1] ^ v[2] ^ v[3]);
})"},
        {"stmatrix, then __syncwarp", Verdict::Ok, 1, 64, R"(KERNEL {
    __shared__ __align__(16) float t[256];
    unsigned row = (unsigned)__cvta_generic_to_shared(&t[TID * 4]), v = __float_as_uint(x[TID]);
    asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %1, %1, %1};" :: "r"(row), "r"(v) : "memory");
    __syncwarp();
    y[TID] = t[(TID ^ 5) * 4 + 1];
})"},
        {"mbarrier: everybody arrives and waits", Verdict::Ok, 2, 128, R"(#include <cuda/barrier>
KERNEL {
    __shared__ cuda::barrier<cuda::thread_scope_block> all;
    __shared__ float t[128];
    if (TID == 0) init(&all, blockDim.x);
    __syncthreads();
    float sum = 0;
    for (int i = 0; i < 5; ++i) {
        t[TID] = x[GID] + i;
        all.arrive_and_wait();
        sum += t[127 - TID];
        all.arrive_and_wait();
    }
    y[GID] = sum;
})"},
        {"mbarrier: producers and consumers by parity", Verdict::Ok, 1, 64, R"(KERNEL {
    __shared__ unsigned long long full;
    __shared__ float t[32];
    unsigned at = (unsigned)__cvta_generic_to_shared(&full);
    if (TID == 0) asm volatile("mbarrier.init.shared::cta.b64 [%0], 32;" :: "r"(at) : "memory");
    __syncthreads();
    if (TID < 32) {
        t[TID] = x[TID];
        asm volatile("{ .reg .b64 s; mbarrier.arrive.shared::cta.b64 s, [%0]; }" :: "r"(at) : "memory");
    } else {
        unsigned over = 0;
        while (over == 0)
            asm volatile("{ .reg .pred p; mbarrier.try_wait.parity.shared::cta.b64 p, [%1], 0; selp.u32 %0, 1, 0, p; }"
                         : "=r"(over) : "r"(at) : "memory");
        y[TID] = t[63 - TID];
    }
})"},
        {"mbarrier: copies arrive at it", Verdict::Ok, 1, 64, R"(KERNEL {
    __shared__ unsigned long long full;
    __shared__ float t[64];
    unsigned at = (unsigned)__cvta_generic_to_shared(&full), to = (unsigned)__cvta_generic_to_shared(&t[TID]), over = 0;
    if (TID == 0) asm volatile("mbarrier.init.shared::cta.b64 [%0], 64;" :: "r"(at) : "memory");
    __syncthreads();
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" :: "r"(to), "l"(x + TID) : "memory");
    asm volatile("cp.async.mbarrier.arrive.noinc.shared::cta.b64 [%0];" :: "r"(at) : "memory");
    while (over == 0)
        asm volatile("{ .reg .pred p; mbarrier.test_wait.parity.shared::cta.b64 p, [%1], 0; selp.u32 %0, 1, 0, p; }"
                     : "=r"(over) : "r"(at) : "memory");
    y[TID] = t[63 - TID];
})"},
        {"mbarrier: lanes wait for others of their warp", Verdict::Ok, 1, 32, R"(KERNEL {
    __shared__ unsigned long long full;
    unsigned at = (unsigned)__cvta_generic_to_shared(&full), over = 0;
    if (TID == 0) asm volatile("mbarrier.init.shared::cta.b64 [%0], 16;" :: "r"(at) : "memory");
    __syncthreads();
    if (TID < 16) {
        while (over == 0)
            asm volatile("{ .reg .pred p; mbarrier.try_wait.parity.shared::cta.b64 p, [%1], 0; selp.u32 %0, 1, 0, p; }"
                         : "=r"(over) : "r"(at) : "memory");
        y[TID] = x[TID];
    } else {
        y[TID] = x[TID] + 1;
        asm volatile("{ .reg .b64 s; mbarrier.arrive.shared::cta.b64 s, [%0]; }" :: "r"(at) : "memory");
    }
})"},
        {"mbarrier: lanes arrive for others of their warp", Verdict::Ok, 1, 32, R"(KERNEL {
    __shared__ unsigned long long full;
    unsigned at = (unsigned)__cvta_generic_to_shared(&full), over = 0;
    if (TID == 0) asm volatile("mbarrier.init.shared::cta.b64 [%0], 16;" :: "r"(at) : "memory");
    __syncthreads();
    if (TID >= 16) {
        while (over == 0)
            asm volatile("{ .reg .pred p; mbarrier.try_wait.parity.shared::cta.b64 p, [%1], 0; selp.u32 %0, 1, 0, p; }"
                         : "=r"(over) : "r"(at) : "memory");
        y[TID] = x[TID];
    } else {
        y[TID] = x[TID] + 1;
        asm volatile("{ .reg .b64 s; mbarrier.arrive.shared::cta.b64 s, [%0]; }" :: "r"(at) : "memory");
    }
})"},
    };
    return kKernels;
}

}  // namespace warploom::test
