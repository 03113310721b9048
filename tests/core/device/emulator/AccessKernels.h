// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "CheckedKernel.h"

namespace warploom::test {

/// Planted accesses that no buffer allows. `/*2*/` is the fault's place.
inline const std::vector<CheckedKernel>& plantedAccesses()
{
    static const std::vector<CheckedKernel> kKernels{
        {"grid overshoots without a guard", Verdict::OutOfBounds, 65, 64, R"(KERNEL {
    y[GID] = x[GID] * 2; /*2*/
})"},
        {"guard of one too many", Verdict::OutOfBounds, 65, 64, R"(KERNEL {
    if (GID <= n)
        y[GID] = 1; /*2*/
})"},
        {"left neighbour of the first", Verdict::OutOfBounds, 1, 64, R"(KERNEL {
    const int i = TID;
    y[i] = x[i - 1] + x[i]; /*2*/
})"},
        {"right neighbour of the last", Verdict::OutOfBounds, 64, 64, R"(KERNEL {
    y[GID] = x[GID] + x[GID + 1]; /*2*/
})"},
        {"index that wraps at 32 bits", Verdict::OutOfBounds, 1, 64, R"(KERNEL {
    const int row = n * 65536 + TID;
    y[TID] = x[row * 16 - 64]; /*2*/
})"},
        {"null pointer", Verdict::OutOfBounds, 1, 32, R"(KERNEL {
    const float* none = reinterpret_cast<const float*>(static_cast<size_t>(c[TID]));
    y[TID] = none[TID]; /*2*/
})"},
        {"16-byte load of a shifted row", Verdict::Crashed, 1, 64, R"(KERNEL {
    const float4 v = reinterpret_cast<const float4*>(x + 1)[TID]; /*2*/
    y[TID] = v.x + v.w;
})"},
        {"16-byte store whose tail lies outside", Verdict::OutOfBounds, 1, 64, R"(KERNEL {
    reinterpret_cast<float4*>(y)[n / 4 - 62 + TID] = make_float4(1, 2, 3, 4); /*2*/
})"},
        {"8-byte access to shared memory that is not aligned", Verdict::Crashed, 1, 32, R"(KERNEL {
    __shared__ alignas(16) float t[128];
    t[TID] = x[TID];
    t[TID + 32] = x[TID + 32];
    t[TID + 64] = x[TID + 64];
    __syncthreads();
    y[TID] = reinterpret_cast<double*>(t + 1)[TID] > 0; /*2*/
})"},
        {"bin that is out of range", Verdict::OutOfBounds, 1, 64, R"(KERNEL {
    atomicAdd(&c[n + static_cast<int>(x[TID] * x[TID] * 100)], 1u); /*2*/
})"},
        {"atomic before the buffer", Verdict::OutOfBounds, 1, 64, R"(KERNEL {
    atomicMax(reinterpret_cast<int*>(c) - 1 - static_cast<int>(TID), 7); /*2*/
})"},
        {"dynamic shared memory that the launch lacks", Verdict::OutOfBounds, 1, 64, R"(KERNEL {
    extern __shared__ float t[];
    t[TID] = x[TID]; /*2*/
    __syncthreads();
    y[TID] = t[63 - TID];
})"},
        {"padding that the launch forgot", Verdict::OutOfBounds, 1, 256, R"(KERNEL {
    extern __shared__ float t[];
    t[TID / 16 * 17 + TID % 16] = x[TID]; /*2*/
    __syncthreads();
    y[TID] = t[TID % 16 * 17 + TID / 16];
})",
         1024},
        {"copy beside the threads past the source's end", Verdict::OutOfBounds, 1, 64, R"(#include <cuda_pipeline.h>
KERNEL {
    __shared__ float4 t[64];
    __pipeline_memcpy_async(&t[TID], reinterpret_cast<const float4*>(x) + n / 4 - 32 + TID, 16); /*2*/
    __pipeline_commit();
    __pipeline_wait_prior(0);
    __syncthreads();
    y[TID] = t[TID].x;
})"},
        {"row pitch of another buffer", Verdict::OutOfBounds, 64, 64, R"(KERNEL {
    y[blockIdx.x * 80 + TID] = x[GID]; /*2*/
})"},
    };
    return kKernels;
}

}  // namespace warploom::test
