// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "CheckedKernel.h"

namespace warploom::test {

/// Planted reads of what nobody has written, and other faults of memory and barriers. `/*2*/` is the fault's place.
inline const std::vector<CheckedKernel>& plantedGaps()
{
    static const std::vector<CheckedKernel> kKernels{
        {"shared tail", Verdict::Nondeterministic, 1, 64, R"(KERNEL {
    __shared__ float t[64];
    if (TID < 60) t[TID] = x[TID];
    __syncthreads();
    y[TID] = t[TID]; /*2*/
})"},
        {"shared sum without a start", Verdict::Nondeterministic, 1, 64, R"(KERNEL {
    __shared__ float sum;
    atomicAdd(&sum, x[TID]); /*2*/
    __syncthreads();
    y[TID] = sum;
})"},
        {"vector with an unwritten part", Verdict::Nondeterministic, 1, 64, R"(KERNEL {
    __shared__ float4 t[64];
    t[TID].x = x[TID];
    t[TID].y = x[TID];
    t[TID].z = x[TID];
    __syncthreads();
    float4 v = t[63 - TID]; /*2*/
    y[TID] = v.x + v.w;
})"},
        {"shared memory of the block before", Verdict::Nondeterministic, 2, 64, R"(KERNEL {
    __shared__ float t[64];
    if (blockIdx.x == 0) t[TID] = x[TID];
    __syncthreads();
    y[GID] = t[TID]; /*2*/
})"},
        {"dynamic shared memory past what was filled", Verdict::Nondeterministic, 1, 64, R"(KERNEL {
    extern __shared__ float t[];
    t[TID] = x[TID];
    __syncthreads();
    y[TID] = t[TID + 1]; /*2*/
})",
         1024},
        {"scratch that no step fills", Verdict::Nondeterministic, 2, 64, R"(KERNEL {
    y[GID] = s[GID] + x[GID]; /*2*/
})"},
        {"adds to an output", Verdict::Nondeterministic, 2, 64, R"(KERNEL {
    s[GID] += x[GID]; /*2*/
})"},
        {"adds atomically to an output", Verdict::Nondeterministic, 4, 64, R"(KERNEL {
    atomicAdd(s, x[GID]); /*2*/
})"},
        {"tickets without a start", Verdict::Nondeterministic, 4, 64, R"(KERNEL {
    unsigned* tickets = reinterpret_cast<unsigned*>(s);
    if (TID == 0 && atomicInc(tickets, gridDim.x) == gridDim.x - 1) /*2*/
        y[0] = 1;
})"},
        {"scratch filled but for its tail", Verdict::Nondeterministic, 1, 64, R"(KERNEL {
    if (TID < 63) s[TID] = x[TID];
    __syncthreads();
    y[TID] = s[63 - TID]; /*2*/
})"},
        {"stack array filled in part", Verdict::Nondeterministic, 1, 64, R"(KERNEL {
    float mine[16];
    for (int i = 0; i < 15; ++i) mine[(i + c[i]) % 16] = x[TID + i];
    y[TID] = mine[15 - c[TID] % 16]; /*2*/
})"},
        {"past the end of a stack array", Verdict::OutOfBounds, 1, 64, R"(KERNEL {
    float mine[16];
    for (int i = 0; i < 16; ++i) mine[(i + c[i]) % 16] = x[TID + i];
    mine[5000 + c[TID]] = 1; /*2*/
    y[TID] = mine[c[1] % 16];
})"},
        {"past the end of shared memory", Verdict::OutOfBounds, 1, 64, R"(KERNEL {
    __shared__ float t[64];
    t[TID + c[TID] + 1] = x[TID]; /*2*/
    __syncthreads();
    y[TID] = t[63 - TID];
})"},
        {"past the end of a buffer", Verdict::OutOfBounds, 1, 64, R"(KERNEL {
    y[n - 63 + TID] = x[TID]; /*2*/
})"},
        {"lanes of a warp at two barriers", Verdict::Timeout, 1, 32, R"(KERNEL {
    if (TID < 16) {
        y[TID] = 1;
        asm volatile("bar.sync 0;" ::: "memory"); /*1*/
    } else {
        y[TID] = 2;
        asm volatile("bar.sync 0;" ::: "memory"); /*2*/
    }
})"},
        {"barrier that others never reach", Verdict::Timeout, 1, 64, R"(KERNEL {
    if (TID < 32) asm volatile("bar.sync 1, 64;" ::: "memory"); /*2*/
    else asm volatile("bar.sync 2, 64;" ::: "memory"); /*1*/
})"},
        {"barrier that counts those who left", Verdict::Timeout, 1, 64, R"(KERNEL {
    if (TID >= 32) return;
    asm volatile("bar.sync 1, 64;" ::: "memory"); /*2*/
    y[TID] = 1;
/*1*/ })"},
    };
    return kKernels;
}

}  // namespace warploom::test
