// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "protocol/Verdict.h"

namespace warploom::test {

/// The body of `k(const float* x, float* y, float* s, unsigned* c, int n)`: x holds numbers, y and c zeros, s nothing;
/// each has 4096 elements, and n is that. `/*1*/` and `/*2*/` mark the lines that the fault must name, `/*2*/` its
/// place.
struct CheckedKernel {
    const char* name;
    Verdict expected;
    unsigned blocks;
    unsigned threads;
    const char* source;
    unsigned sharedBytes = 0;
};

constexpr int kElements = 4096;

inline const char* checkedPrelude()
{
    return "#define KERNEL extern \"C\" __global__ void k(const float* x, float* y, float* s, unsigned* c, int n)\n"
           "#define TID threadIdx.x\n#define GID (blockIdx.x * blockDim.x + threadIdx.x)\n#line 1\n";
}

}  // namespace warploom::test
