// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/FragmentCode.h"

namespace warploom {

const char* const kFragmentHelpers = R"(// Where something lies in shared memory, as PTX has it.
static __device__ __forceinline__ unsigned @sharedAddress@(const void* place)
{
    return static_cast<unsigned>(__cvta_generic_to_shared(place));
}

// Copies 16 bytes into shared memory while the thread goes on; zeros where is_in is false.
static __device__ __forceinline__ void @copyAsync@(void* to, const void* from, bool is_in)
{
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
                 :
                 : "r"(@sharedAddress@(to)), "l"(from), "r"(is_in ? 16 : 0)
                 : "memory");
}

// Four matrices of 8 x 8 into the registers of a warp: lane i gives the place of row i % 8 of matrix i / 8.
static __device__ __forceinline__ void @loadMatrices@(unsigned (&parts)[4], const void* row)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(parts[0]), "=r"(parts[1]), "=r"(parts[2]), "=r"(parts[3])
                 : "r"(@sharedAddress@(row))
                 : "memory");
}

// The same, each matrix transposed.
static __device__ __forceinline__ void @loadTransposed@(unsigned (&parts)[4], const void* row)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(parts[0]), "=r"(parts[1]), "=r"(parts[2]), "=r"(parts[3])
                 : "r"(@sharedAddress@(row))
                 : "memory");
}

// By the whole warp: 16 x 8 sums += 16 x 16 of the left times 16 x 8 of the right.
static __device__ __forceinline__ void @multiplyAdd@(float (&sums)[4], const unsigned (&left)[4], unsigned right_low,
                                                   unsigned right_high)
{
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.@ptxType@.@ptxType@.f32 "
                 "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
                 : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]), "r"(right_low), "r"(right_high));
}

)";

std::string fragmentType(const std::string& element)
{
    if (element == "half" || element == "__half")
        return "f16";
    return element == "__nv_bfloat16" || element == "nv_bfloat16" ? "bf16" : "";
}

void addFragmentNames(const DirectiveEditor& directives, CodeValues& values)
{
    for (const char* name : {"sharedAddress", "copyAsync", "loadMatrices", "loadTransposed", "multiplyAdd"})
        values.emplace_back(name, directives.freshName(name));
}

}  // namespace warploom
