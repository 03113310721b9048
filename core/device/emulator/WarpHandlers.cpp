// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Instructions through which the lanes of a warp talk to each other. The run loop has made sure that all lanes which
// the member mask names are here.
#include <algorithm>
#include <array>
#include <atomic>

#include "device/emulator/HandlerSupport.h"

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

enum class Shuffle { Up, Down, Butterfly, Index };

template <Shuffle MODE>
void shuffle(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    U32* d = warp.lanes<U32>(in.operand[0]);
    const U32* b = warp.lanes<U32>(in.operand[3]);
    const U32* c = warp.lanes<U32>(in.operand[4]);
    std::array<U32, kLanes> a;
    std::memcpy(a.data(), warp.lanes<U32>(in.operand[2]), sizeof(a));
    U32 inRange = 0;
    forLanes(mask, [&](U32 lane) {
        const U32 segment = (c[lane] >> 8) & 31;
        const U32 distance = b[lane] & 31;
        const U32 limit = (lane & segment) | (c[lane] & 31 & ~segment);
        U32 source = lane;
        bool valid = false;
        if constexpr (MODE == Shuffle::Up) {
            source = lane - distance;
            valid = static_cast<I32>(source) >= static_cast<I32>(limit);
        } else {
            source = MODE == Shuffle::Down   ? lane + distance
                : MODE == Shuffle::Butterfly ? lane ^ distance
                                             : (lane & segment) | (distance & ~segment);
            valid = source <= limit;
        }
        d[lane] = a[valid ? source & 31 : lane];
        inRange |= valid ? U32{1} << lane : 0;
    });
    setPredicate(warp, in.operand[1], mask, inRange);
}

enum class Vote { All, Any, Uniform };

template <Vote MODE>
void vote(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const U32 value = warp.predicate(in.operand[1]);
    const U32* members = warp.lanes<U32>(in.operand[2]);
    U32 result = 0;
    forLanes(mask, [&](U32 lane) {
        const U32 present = members[lane] & mask;
        const bool all = (value & present) == present;
        const bool any = (value & present) != 0;
        const bool holds = MODE == Vote::All ? all : MODE == Vote::Any ? any : all || !any;
        result |= holds ? U32{1} << lane : 0;
    });
    setPredicate(warp, in.operand[0], mask, result);
}

void ballot(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const U32 value = warp.predicate(in.operand[1]) & mask;
    const U32* members = warp.lanes<U32>(in.operand[2]);
    assignLanes(warp.lanes<U32>(in.operand[0]), mask, [=](U32 lane) { return value & members[lane]; });
}

void activeMask(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    assignLanes(warp.lanes<U32>(in.operand[0]), mask, [=](U32) { return mask; });
}

template <typename T>
U32 lanesEqualTo(const T* values, T wanted, U32 present)
{
    return testLanes([=](U32 i) { return values[i] == wanted; }) & present;
}

template <typename T>
void matchAny(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const T* a = warp.lanes<T>(in.operand[1]);
    const U32* members = warp.lanes<U32>(in.operand[2]);
    U32* d = warp.lanes<U32>(in.operand[0]);
    forLanes(mask, [&](U32 lane) { d[lane] = lanesEqualTo(a, a[lane], members[lane] & mask); });
}

template <typename T>
void matchAll(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const T* a = warp.lanes<T>(in.operand[2]);
    const U32* members = warp.lanes<U32>(in.operand[3]);
    U32* d = warp.lanes<U32>(in.operand[0]);
    U32 agreed = 0;
    forLanes(mask, [&](U32 lane) {
        const U32 present = members[lane] & mask;
        const bool all = lanesEqualTo(a, a[lane], present) == present;
        d[lane] = all ? present : 0;
        agreed |= all ? U32{1} << lane : 0;
    });
    setPredicate(warp, in.operand[1], mask, agreed);
}

template <typename T, auto F>
void reduce(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    std::array<T, kLanes> a;
    std::memcpy(a.data(), warp.lanes<T>(in.operand[1]), sizeof(a));
    const U32* members = warp.lanes<U32>(in.operand[2]);
    T* d = warp.lanes<T>(in.operand[0]);
    forLanes(mask, [&](U32 lane) {
        U32 present = members[lane] & mask & ~(U32{1} << lane);
        T result = a[lane];
        forLanes(present, [&](U32 other) { result = static_cast<T>(F(result, a[other])); });
        d[lane] = result;
    });
}

/// The lowest lane of the mask is elected.
void elect(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const U32 leader = static_cast<U32>(std::countr_zero(mask));
    assignLanes(warp.lanes<U32>(in.operand[0]), mask, [=](U32) { return leader; });
    setPredicate(warp, in.operand[1], mask, U32{1} << leader);
}

void nothing(Warp&, const Instruction&, std::uint32_t) { }

void fence(Warp&, const Instruction&, std::uint32_t) { std::atomic_thread_fence(std::memory_order_seq_cst); }

constexpr auto kPending = [](U64 state) { return static_cast<U32>(state & 0xfffffu); };
constexpr auto kAdd = [](U32 a, U32 b) { return a + b; };
constexpr auto kMin = [](auto a, auto b) { return std::min(a, b); };
constexpr auto kMax = [](auto a, auto b) { return std::max(a, b); };
constexpr auto kAnd = [](U32 a, U32 b) { return a & b; };
constexpr auto kOr = [](U32 a, U32 b) { return a | b; };
constexpr auto kXor = [](U32 a, U32 b) { return a ^ b; };

// clang-format off
constexpr std::array kRows {
    OpcodeRow {"shfl.sync.up.b32", "WP=WWWW", &shuffle<Shuffle::Up>, Pipe::Memory},
    OpcodeRow {"shfl.sync.down.b32", "WP=WWWW", &shuffle<Shuffle::Down>, Pipe::Memory},
    OpcodeRow {"shfl.sync.bfly.b32", "WP=WWWW", &shuffle<Shuffle::Butterfly>, Pipe::Memory},
    OpcodeRow {"shfl.sync.idx.b32", "WP=WWWW", &shuffle<Shuffle::Index>, Pipe::Memory},
    OpcodeRow {"vote.sync.all.pred", "P=PW", &vote<Vote::All>},
    OpcodeRow {"vote.sync.any.pred", "P=PW", &vote<Vote::Any>},
    OpcodeRow {"vote.sync.uni.pred", "P=PW", &vote<Vote::Uniform>},
    OpcodeRow {"vote.sync.ballot.b32", "W=PW", &ballot},
    OpcodeRow {"activemask.b32", "W=", &activeMask},
    OpcodeRow {"match.any.sync.b32", "W=WW", &matchAny<U32>, Pipe::Memory},
    OpcodeRow {"match.any.sync.b64", "W=LW", &matchAny<U64>, Pipe::Memory},
    OpcodeRow {"match.all.sync.b32", "WP=WW", &matchAll<U32>, Pipe::Memory},
    OpcodeRow {"match.all.sync.b64", "WP=LW", &matchAll<U64>, Pipe::Memory},
    OpcodeRow {"redux.sync.add.u32", "W=WW", &reduce<U32, kAdd>, Pipe::Memory},
    OpcodeRow {"redux.sync.add.s32", "W=WW", &reduce<U32, kAdd>, Pipe::Memory},
    OpcodeRow {"redux.sync.min.u32", "W=WW", &reduce<U32, kMin>, Pipe::Memory},
    OpcodeRow {"redux.sync.min.s32", "W=WW", &reduce<I32, kMin>, Pipe::Memory},
    OpcodeRow {"redux.sync.max.u32", "W=WW", &reduce<U32, kMax>, Pipe::Memory},
    OpcodeRow {"redux.sync.max.s32", "W=WW", &reduce<I32, kMax>, Pipe::Memory},
    OpcodeRow {"redux.sync.and.b32", "W=WW", &reduce<U32, kAnd>, Pipe::Memory},
    OpcodeRow {"redux.sync.or.b32", "W=WW", &reduce<U32, kOr>, Pipe::Memory},
    OpcodeRow {"redux.sync.xor.b32", "W=WW", &reduce<U32, kXor>, Pipe::Memory},
    OpcodeRow {"elect.sync", "WP=W", &elect},
    OpcodeRow {"bar.warp.sync", "=W", &nothing, Pipe::Control},
    OpcodeRow {"mbarrier.pending_count.b64", "W=L", &unary<U32, U64, kPending>},
    OpcodeRow {"nop", "=", &nothing, Pipe::None, 0},
    OpcodeRow {"nanosleep.u32", "=W", &nothing, Pipe::Control},
    OpcodeRow {"fence", "=", &fence, Pipe::Memory},
};
// clang-format on

}  // namespace

std::span<const OpcodeRow> warpRows() { return kRows; }

}  // namespace warploom::emulator::WARPLOOM_ISA
