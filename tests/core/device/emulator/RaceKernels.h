// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "CheckedKernel.h"

namespace warploom::test {

/// Planted races. A message names two of the marked lines (one where a line races with itself).
inline const std::vector<CheckedKernel>& plantedRaces()
{
    static const std::vector<CheckedKernel> kKernels{
        {"read after write: mirror without barrier", Verdict::Race, 1, 64, R"(KERNEL {
    __shared__ float t[64];
    t[TID] = 0;
    __syncthreads();
    t[TID] = x[TID]; /*1*/
    y[TID] = t[63 - TID]; /*2*/
})"},
        {"first write and read without barrier", Verdict::Race, 1, 64, R"(KERNEL {
    __shared__ float t[64];
    t[TID] = x[TID]; /*2*/
    y[TID] = t[(TID + 32) % 64]; /*1*/
})"},
        {"write after read: tile is filled again too early", Verdict::Race, 1, 128, R"(KERNEL {
    __shared__ float t[128];
    float sum = 0;
    for (int i = 0; i < 4; ++i) {
        t[TID] = x[i * 128 + TID]; /*2*/
        __syncthreads();
        sum += t[(TID + 64) % 128]; /*1*/
    }
    y[TID] = sum;
})"},
        {"write after write: two warps on one place", Verdict::Race, 1, 64, R"(KERNEL {
    __shared__ float t[32];
    t[TID % 32] = x[TID]; /*1*/ /*2*/
    __syncthreads();
    y[TID] = t[TID % 32];
})"},
        {"write after write: lanes of one store", Verdict::Race, 1, 32, R"(KERNEL {
    __shared__ float t[16];
    t[TID / 2] = x[TID]; /*2*/
    __syncthreads();
    y[TID] = t[TID / 2];
})"},
        {"tree reduction without barrier", Verdict::Race, 1, 256, R"(KERNEL {
    __shared__ float t[256];
    t[TID] = x[TID];
    __syncthreads();
    for (int half = 128; half > 0; half /= 2)
        if (TID < half)
            t[TID] += t[TID + half]; /*1*/ /*2*/
    if (TID == 0)
        y[0] = t[0];
})"},
        {"barrier missing in a loop's last step only", Verdict::Race, 1, 256, R"(KERNEL {
    __shared__ float t[256];
    t[TID] = x[TID];
    __syncthreads();
    for (int half = 128; half > 32; half /= 2) {
        if (TID < half)
            t[TID] += t[TID + half]; /*1*/
        __syncthreads();
    }
    if (TID < 32) t[TID] += t[TID + 32]; /*1*/
    if (TID < 16) t[TID] += t[TID + 16]; /*2*/
    __syncthreads();
    if (TID == 0)
        y[0] = t[0];
})"},
        {"volatile warp-synchronous reduction", Verdict::Race, 4, 64, R"(KERNEL {
    __shared__ volatile float t[64];
    t[TID] = x[GID];
    __syncthreads();
    if (TID < 32) {
        t[TID] += t[TID + 32]; /*1*/
        t[TID] += t[TID + 16]; /*2*/
        t[TID] += t[TID + 8];
    }
    if (TID == 0)
        y[blockIdx.x] = t[0];
})"},
        {"warp-synchronous reduction without __syncwarp", Verdict::Race, 1, 32, R"(KERNEL {
    __shared__ float t[64];
    t[TID] = x[TID];
    t[TID + 32] = 0;
    __syncwarp();
    t[TID] += t[TID + 16]; /*1*/
    t[TID] += t[TID + 8]; /*2*/
    __syncwarp();
    if (TID == 0)
        y[0] = t[0];
})"},
        {"the wrong named barrier", Verdict::Race, 1, 128, R"(KERNEL {
    __shared__ float t[128];
    t[TID] = 0;
    __syncthreads();
    if (TID < 64) {
        t[TID] = x[TID]; /*1*/
        asm volatile("bar.sync 1, 64;" ::: "memory");
    } else {
        asm volatile("bar.sync 2, 64;" ::: "memory");
        y[TID] = t[TID - 64]; /*2*/
    }
})"},
        {"producer overwrites what consumers still read", Verdict::Race, 1, 128, R"(KERNEL {
    __shared__ float t[64];
    if (TID >= 64) {
        t[TID - 64] = x[TID];
        asm volatile("bar.arrive 1, 128;" ::: "memory");
        asm volatile("bar.sync 2, 64;" ::: "memory");
        t[TID - 64] = x[64 + TID]; /*2*/
    } else {
        asm volatile("bar.sync 1, 128;" ::: "memory");
        y[TID] = t[63 - TID]; /*1*/
    }
})"},
        {"halo of a tile", Verdict::Race, 1, 64, R"(KERNEL {
    __shared__ float t[66];
    t[TID + 1] = x[TID + 1];
    __syncthreads();
    if (TID == 32) t[0] = x[0]; /*2*/
    if (TID == 33) t[65] = x[65]; /*2*/
    y[TID] = t[TID] + t[TID + 1] + t[TID + 2]; /*1*/
})"},
        {"double buffer with one barrier too few", Verdict::Race, 1, 64, R"(KERNEL {
    __shared__ float t[2][64];
    t[0][TID] = x[TID];
    __syncthreads();
    float sum = 0;
    for (int i = 0; i < 6; ++i) {
        if (i % 2 == 0) __syncthreads();
        t[(i + 1) % 2][TID] = x[i * 64 + TID]; /*1*/ /*2*/
        sum += t[i % 2][63 - TID]; /*1*/ /*2*/
    }
    y[TID] = sum;
})"},
        {"bins are read while others count", Verdict::Race, 1, 128, R"(KERNEL {
    __shared__ unsigned bins[32];
    if (TID < 32) bins[TID] = 0;
    __syncthreads();
    atomicAdd(&bins[unsigned(TID * 7) % 32], 1u); /*2*/
    if (TID < 32) c[TID] = bins[TID]; /*1*/
})"},
        {"bins are set to zero while others count", Verdict::Race, 1, 128, R"(KERNEL {
    __shared__ unsigned bins[128];
    bins[TID] = 0; /*1*/ /*2*/
    atomicAdd(&bins[(TID * 7 + 32) % 128], 1u); /*1*/ /*2*/
    __syncthreads();
    c[TID] = bins[TID];
})"},
        {"transposed tile", Verdict::Race, 1, 256, R"(KERNEL {
    __shared__ float t[16][17];
    t[TID / 16][TID % 16] = 0;
    __syncthreads();
    t[TID / 16][TID % 16] = x[TID]; /*1*/
    y[TID] = t[TID % 16][TID / 16]; /*2*/
})"},
        {"scan in place with one barrier a step", Verdict::Race, 1, 128, R"(KERNEL {
    __shared__ float t[128];
    t[TID] = x[TID];
    for (int d = 1; d < 128; d *= 2) {
        __syncthreads();
        float add = TID >= d ? t[TID - d] : 0; /*1*/ /*2*/
        t[TID] += add; /*1*/ /*2*/
    }
    __syncthreads();
    y[TID] = t[TID];
})"},
        {"__syncwarp where the block must wait", Verdict::Race, 1, 64, R"(KERNEL {
    __shared__ float t[64];
    t[TID] = 0;
    __syncthreads();
    t[TID] = x[TID]; /*1*/
    __syncwarp();
    y[TID] = t[63 - TID]; /*2*/
})"},
        {"__syncwarp of half a warp", Verdict::Race, 1, 32, R"(KERNEL {
    __shared__ float t[32];
    t[TID] = x[TID]; /*1*/
    __syncwarp(TID < 16 ? 0xffffu : 0xffff0000u);
    y[TID] = t[31 - TID]; /*2*/
})"},
        {"a scalar of the first thread", Verdict::Race, 1, 96, R"(KERNEL {
    __shared__ float scale;
    if (TID == 0) scale = 0;
    __syncthreads();
    if (TID == 0) scale = x[0]; /*1*/
    y[TID] = x[TID] * scale; /*2*/
})"},
        {"scratch of two reductions", Verdict::Race, 1, 64, R"(KERNEL {
    __shared__ float warps[2];
    float sum = x[TID];
    for (int d = 16; d > 0; d /= 2) sum += __shfl_xor_sync(~0u, sum, d);
    if (TID % 32 == 0) warps[TID / 32] = sum;
    __syncthreads();
    float total = warps[0] + warps[1]; /*1*/
    float most = x[TID] - total;
    for (int d = 16; d > 0; d /= 2) most = fmaxf(most, __shfl_xor_sync(~0u, most, d));
    if (TID % 32 == 0) warps[TID / 32] = most; /*2*/
    __syncthreads();
    y[TID] = total + fmaxf(warps[0], warps[1]);
})"},
        {"bytes of another thread", Verdict::Race, 1, 64, R"(KERNEL {
    __shared__ unsigned char flags[64];
    flags[TID] = 0;
    __syncthreads();
    flags[TID] = x[TID] > 0; /*1*/
    y[TID] = flags[TID ^ 33]; /*2*/
})"},
        {"two arrays in one dynamic one overlap", Verdict::Race, 1, 64, R"(KERNEL {
    extern __shared__ float d[];
    float* a = d;
    float* b = d + 60;
    a[TID] = x[TID]; /*1*/
    b[TID] = x[TID + 64]; /*2*/
    __syncthreads();
    y[TID] = a[TID] + b[TID];
})",
         1024},
        {"vector store over the neighbour's scalar", Verdict::Race, 1, 64, R"(KERNEL {
    __shared__ float4 t[64];
    float* f = reinterpret_cast<float*>(t);
    if (TID < 32) f[TID] = x[TID]; /*1*/
    else t[TID - 32] = reinterpret_cast<const float4*>(x)[TID]; /*2*/
    __syncthreads();
    y[TID] = f[TID];
})"},
        {"cp.async without a barrier", Verdict::Race, 1, 64, R"(KERNEL {
    __shared__ float t[64];
    t[TID] = 0;
    __syncthreads();
    unsigned to = unsigned(__cvta_generic_to_shared(&t[TID]));
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" :: "r"(to), "l"(x + TID) : "memory"); /*1*/
    asm volatile("cp.async.wait_all;" ::: "memory");
    y[TID] = t[63 - TID]; /*2*/
})"},
        {"cp.async that nobody waits for", Verdict::Race, 1, 64, R"(#include <cuda_pipeline.h>
KERNEL {
    __shared__ float t[64];
    __pipeline_memcpy_async(&t[TID], &x[TID], 4); /*1*/
    __pipeline_commit();
    __syncthreads();
    y[TID] = t[63 - TID]; /*2*/
})"},
        {"cp.async pipeline that waits for one group too few", Verdict::Race, 1, 64, R"(#include <cuda_pipeline.h>
KERNEL {
    __shared__ float t[2][64];
    float sum = 0;
    __pipeline_memcpy_async(&t[0][TID], &x[TID], 4); /*1*/
    __pipeline_commit();
    for (int i = 0; i < 6; ++i) {
        __pipeline_memcpy_async(&t[(i + 1) % 2][TID], &x[(i + 1) * 64 + TID], 4);
        __pipeline_commit();
        __pipeline_wait_prior(2);
        __syncthreads();
        sum += t[i % 2][63 - TID]; /*2*/
        __syncthreads();
    }
    y[TID] = sum;
})"},
        {"lost updates of all blocks", Verdict::Race, 4, 32, R"(KERNEL {
    if (TID == 0)
        y[0] += x[blockIdx.x]; /*1*/ /*2*/
})"},
        {"blocks write different totals to one place", Verdict::Race, 4, 32, R"(KERNEL {
    if (TID == 0)
        y[0] = x[blockIdx.x]; /*1*/ /*2*/
})"},
        {"what the block to the left has written", Verdict::Race, 4, 32, R"(KERNEL {
    y[GID] = x[GID]; /*1*/
    if (blockIdx.x > 0)
        y[2048 + GID] = y[GID - 32]; /*2*/
})"},
        {"what the block to the right has written", Verdict::Race, 4, 32, R"(KERNEL {
    y[GID] = x[GID]; /*1*/
    y[2048 + GID] = y[GID + 32]; /*2*/
})"},
        {"stencil in place", Verdict::Race, 4, 32, R"(KERNEL {
    float sum = y[GID] + y[GID + 1]; /*2*/
    __syncthreads();
    y[GID] = sum + 1; /*1*/
})"},
        {"warps of a block write one place differently", Verdict::Race, 1, 64, R"(KERNEL {
    if (TID % 32 == 0)
        y[0] = x[TID]; /*1*/ /*2*/
})"},
        {"global scratch within a block", Verdict::Race, 1, 64, R"(KERNEL {
    s[TID] = 0;
    __syncthreads();
    s[TID] = x[TID]; /*1*/
    y[TID] = s[63 - TID]; /*2*/
})"},
        {"ldmatrix without a barrier", Verdict::Race, 1, 64, R"(KERNEL {
    __shared__ __align__(16) float t[256];
    for (int i = 0; i < 4; ++i) t[i * 64 + TID] = 0;
    __syncthreads();
    *reinterpret_cast<float4*>(&t[TID * 4]) = make_float4(x[TID], x[TID + 1], 0, 0); /*1*/
    unsigned row = (unsigned)__cvta_generic_to_shared(&t[(63 - TID) * 4]), v[4];
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];" : "=r"(v[0]), "=r"(v[1]), "=r"(v[2]), "=r"(v[3]) : "r"(row) : "memory"); /*2*/
    y[TID] = __uint_as_float(v[0] ^ v[1] ^ v[2] ^ v[3]);
})"},
        {"stmatrix without a barrier", Verdict::Race, 1, 64, R"(KERNEL {
    __shared__ __align__(16) float t[256];
    for (int i = 0; i < 4; ++i) t[i * 64 + TID] = 0;
    __syncthreads();
    unsigned row = (unsigned)__cvta_generic_to_shared(&t[TID * 4]), v = __float_as_uint(x[TID]);
    asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %1, %1, %1};" :: "r"(row), "r"(v) : "memory"); /*1*/
    y[TID] = t[(63 - TID) * 4]; /*2*/
})"},
        {"fragment of wmma without a barrier", Verdict::Race, 1, 64, R"(#include <mma.h>
KERNEL {
    __shared__ __align__(32) float t[256];
    for (int i = 0; i < 4; ++i) t[i * 64 + TID] = 0;
    __syncthreads();
    for (int i = 0; i < 4; ++i) t[i * 64 + TID] = x[TID]; /*1*/
    nvcuda::wmma::fragment<nvcuda::wmma::accumulator, 16, 16, 16, float> f;
    nvcuda::wmma::load_matrix_sync(f, t, 16, nvcuda::wmma::mem_row_major); /*2*/
    y[TID] = f.x[0];
})"},
        {"mbarrier of half the threads", Verdict::Race, 1, 64, R"(KERNEL {
    __shared__ unsigned long long full;
    __shared__ float t[64];
    unsigned at = (unsigned)__cvta_generic_to_shared(&full), over = 0;
    if (TID == 0) asm volatile("mbarrier.init.shared::cta.b64 [%0], 32;" :: "r"(at) : "memory");
    t[TID] = 0;
    __syncthreads();
    if (TID < 32) {
        asm volatile("{ .reg .b64 s; mbarrier.arrive.shared::cta.b64 s, [%0]; }" :: "r"(at) : "memory");
        t[TID] = x[TID]; /*1*/
        return;
    }
    while (over == 0)
        asm volatile("{ .reg .pred p; mbarrier.test_wait.parity.shared::cta.b64 p, [%1], 0; selp.u32 %0, 1, 0, p; }"
                     : "=r"(over) : "r"(at) : "memory");
    y[TID] = t[63 - TID]; /*2*/
})"},
        {"lanes of one store to global memory", Verdict::Race, 1, 32, R"(KERNEL {
    y[TID / 4] = x[TID]; /*2*/
})"},
    };
    return kKernels;
}

}  // namespace warploom::test
