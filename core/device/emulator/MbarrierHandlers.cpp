// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Barriers in shared memory. Their 64 bits are of our own making: arrivals that are missing, arrivals of a phase, and
// in the highest bit the parity of the running phase.
#include "device/emulator/MemoryAccess.h"

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

constexpr U64 kCountMask = (U64{1} << 20) - 1;
constexpr U64 kParity = U64{1} << 63;

U64 missing(U64 state) { return state & kCountMask; }
U64 ofPhase(U64 state) { return (state >> 20) & kCountMask; }
U64 stateOf(U64 parity, U64 phase, U64 left) { return parity | phase << 20 | left; }

U64 load(const std::byte* from)
{
    U64 state;
    std::memcpy(&state, from, sizeof(state));
    return state;
}

bool resolve(Warp& warp, const Instruction& in, std::uint32_t mask, AccessKind kind, std::size_t operand,
             Access& access)
{
    AccessRequest request{memorySpace(in), kind, sizeof(U64), memoryIsWide(in), operand, in.immediate};
    request.isOrdered = kind != AccessKind::Atomic;
    if (!resolveAccess(warp, in, mask, request, access))
        return false;
    if (warp.block->cost.space == PtxSpace::Shared)
        return true;
    warp.raise(in, static_cast<U32>(std::countr_zero(mask)), Verdict::OutOfBounds,
               "an mbarrier can be in shared memory only");
    return false;
}

/// Operands: address, count.
void initialise(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    Access access;
    if (!resolve(warp, in, mask, AccessKind::Store, 0, access))
        return;
    const U32* counts = warp.lanes<U32>(in.operand[1]);
    forLanes(mask, [&](U32 i) {
        const U64 state = stateOf(0, counts[i] & kCountMask, counts[i] & kCountMask);
        std::memcpy(access.of(i), &state, sizeof(state));
    });
}

/// Operands: state before, address, count. Dropping takes the arrivals off later phases too.
template <bool DROPS>
void arrive(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    Access access;
    if (!resolve(warp, in, mask, AccessKind::Atomic, 1, access))
        return;
    U64* d = warp.lanes<U64>(in.operand[0]);
    const U32* counts = warp.lanes<U32>(in.operand[2]);
    for (U32 rest = mask; rest != 0; rest &= rest - 1) {
        const auto lane = static_cast<U32>(std::countr_zero(rest));
        const U64 state = load(access.of(lane));
        if (counts[lane] == 0 || missing(state) < counts[lane]) {
            warp.raise(in, lane, Verdict::Crashed, "more arrivals at an mbarrier than it was made for");
            return;
        }
        d[lane] = state;
        const U64 left = missing(state) - counts[lane];
        const U64 phase = ofPhase(state) - (DROPS ? counts[lane] : 0);
        const U64 parity = state & kParity;
        const U64 next = left == 0 ? stateOf(parity ^ kParity, phase, phase) : stateOf(parity, phase, left);
        std::memcpy(access.of(lane), &next, sizeof(next));
    }
}

/// Operands: whether the phase is over, address, and the state at arrival or the parity of the phase.
template <bool PARITY>
void test(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    Access access;
    if (!resolve(warp, in, mask, AccessKind::Load, 1, access))
        return;
    U32 over = 0;
    forLanes(mask, [&](U32 i) {
        const U64 running = load(access.of(i)) & kParity;
        const U64 asked = PARITY ? (warp.lanes<U32>(in.operand[2])[i] & 1u) != 0 ? kParity : 0
                                 : warp.lanes<U64>(in.operand[2])[i] & kParity;
        over |= running != asked ? U32{1} << i : 0;
    });
    setPredicate(warp, in.operand[0], mask, over);
    warp.rests = over != mask;
}

}  // namespace

Handler findMbarrierHandler(MbarrierStep step)
{
    switch (step) {
    case MbarrierStep::Initialise:
        return &initialise;
    case MbarrierStep::Arrive:
        return &arrive<false>;
    case MbarrierStep::Drop:
        return &arrive<true>;
    case MbarrierStep::TestState:
        return &test<false>;
    case MbarrierStep::TestParity:
        return &test<true>;
    }
    return nullptr;
}

}  // namespace warploom::emulator::WARPLOOM_ISA
