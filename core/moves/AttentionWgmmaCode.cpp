// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/AttentionWgmmaCode.h"

#include "moves/AttentionCode.h"
#include "moves/TensorCode.h"
#include "moves/WarpgroupCode.h"

#include <fmt/format.h>

#include <set>

namespace warploom {

namespace {

constexpr const char* kMultiplyFromRegisters =
    R"(// By four warps: 64 x @width@ sums, or zeros where adds is 0, += 64 x 16 of the left, in registers, times 16 x @width@ of the
// right, in shared memory, whose lines are as deep or, where TURNS is 1, as wide as the product.
template <int TURNS>
[[maybe_unused]] static __device__ __forceinline__ void @multiplyAdd@(float (&sums)[@count@], const unsigned (&left)[4],
                                                   unsigned long long right, int adds)
{
    asm volatile("{\n.reg .pred adds;\nsetp.ne.b32 adds, %@adds@, 0;\n"
                 "wgmma.mma_async.sync.aligned.m64n@width@k16.f32.@ptxType@.@ptxType@ {"
@operands@                 "}, {@lefts@}, %@right@, adds, 1, 1, %@turns@;\n}"
                 : @sumList@
                 : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]), "l"(right), "r"(adds), "n"(TURNS));
}

)";

constexpr const char* kProducts =
    R"(// The same with eight columns, for sums of the left's lines: the right are ones.
static __device__ __forceinline__ void @addUp@(float (&sums)[4], const unsigned (&left)[4], unsigned long long ones)
{
    asm volatile("wgmma.mma_async.sync.aligned.m64n8k16.f32.@ptxType@.@ptxType@ {%0, %1, %2, %3}, {%4, %5, %6, %7}, %8, 1, 1, 1, 0;"
                 : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
                 : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]), "l"(ones));
}

// Waits until no more than PENDING groups of products are under way.
template <int PENDING>
static __device__ __forceinline__ void @waitForProducts@()
{
    asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(PENDING) : "memory");
}

// Registers that the tensor cores work on: what the code does with them stays on its side of this.
template <int COUNT>
static __device__ __forceinline__ void @pin@(float (&registers)[COUNT])
{
    #pragma unroll
    for (int i = 0; i < COUNT; ++i)
        asm volatile("" : "+f"(registers[i])::"memory");
}

// Counts this warp in at a barrier; who waits for the barrier's turn goes on once all warps are in.
static __device__ __forceinline__ void @enter@(unsigned barrier)
{
    __syncwarp();
    if (threadIdx.x % 32 == 0)
        asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
}

static __device__ __forceinline__ void @waitForAll@(unsigned barrier, int turn)
{
    asm volatile("{\n.reg .pred done;\nagain_%=: mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
                 "@!done bra again_%=;\n}" ::"r"(barrier), "r"(turn)
                 : "memory");
}

)";

/// The instruction for as many columns.
std::string multiplyText(int width)
{
    const int count = width / 2;
    return filled(kMultiplyFromRegisters,
                  {{"width", std::to_string(width)},
                   {"count", std::to_string(count)},
                   {"operands", warpgroupOperands(count)},
                   {"sumList", warpgroupSums(count)},
                   {"lefts", fmt::format("%{}, %{}, %{}, %{}", count, count + 1, count + 2, count + 3)},
                   {"right", std::to_string(count + 4)},
                   {"adds", std::to_string(count + 5)},
                   {"turns", std::to_string(count + 6)}});
}

}  // namespace

std::string attentionWgmmaHelpers(const Attention& found)
{
    std::string text = std::string(kTensorHelpers) + filled(kWarpgroupTiles, {{"PANEL", "64"}, {"PIECE", "8"}});
    for (const int width : std::set<int>{64, 128, static_cast<int>(found.width)})
        text += multiplyText(width);
    return text + kProducts + kWeightHelpers;
}

}  // namespace warploom
