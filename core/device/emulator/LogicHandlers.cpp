// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>

#include "device/emulator/HandlerSupport.h"

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

template <typename T>
constexpr auto kAnd = [](T a, T b) { return static_cast<T>(a & b); };
template <typename T>
constexpr auto kOr = [](T a, T b) { return static_cast<T>(a | b); };
template <typename T>
constexpr auto kXor = [](T a, T b) { return static_cast<T>(a ^ b); };
template <typename T>
constexpr auto kNot = [](T a) { return static_cast<T>(~a); };
template <typename T>
constexpr auto kIsZero = [](T a) { return static_cast<T>(a == 0 ? 1 : 0); };
template <typename D, typename A>
constexpr auto kCopy = [](A a) { return static_cast<D>(a); };

template <auto F>
void predicateBinary(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    setPredicate(warp, in.operand[0], mask, F(warp.predicate(in.operand[1]), warp.predicate(in.operand[2])));
}

void predicateNot(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    setPredicate(warp, in.operand[0], mask, ~warp.predicate(in.operand[1]));
}

void predicateMove(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    setPredicate(warp, in.operand[0], mask, warp.predicate(in.operand[1]));
}

template <typename T>
void select(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const T* a = warp.lanes<T>(in.operand[1]);
    const T* b = warp.lanes<T>(in.operand[2]);
    const U32 chosen = warp.predicate(in.operand[3]);
    assignLanes(warp.lanes<T>(in.operand[0]), mask, [=](U32 i) { return hasLane(chosen, i) ? a[i] : b[i]; });
}

template <typename T, typename C>
constexpr auto kSelectBySign = [](T a, T b, C c) { return c >= 0 ? a : b; };

template <typename From, typename To, unsigned PART>
constexpr auto kPart = [](From a) { return static_cast<To>(a >> (8 * sizeof(To) * PART)); };
template <typename From, typename To>
constexpr auto kJoin = [](From low, From high) {
    return static_cast<To>(static_cast<To>(low) | (static_cast<To>(high) << (8 * sizeof(From))));
};

/// Adds the base of a window to an offset and back: cvta. The window stands in the immediate.
template <typename D, typename A>
void shiftWindow(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const A* a = warp.lanes<A>(in.operand[1]);
    const auto window = static_cast<U64>(in.immediate);
    assignLanes(warp.lanes<D>(in.operand[0]), mask, [=](U32 i) { return static_cast<D>(U64{a[i]} + window); });
}

/// Whether an address lies in the window that the immediate names (0: global).
void isInWindow(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const U64* a = warp.lanes<U64>(in.operand[1]);
    const auto window = static_cast<U64>(in.immediate);
    setPredicate(warp, in.operand[0], mask, testLanes([=](U32 i) {
                     return window == 0 ? a[i] < kSharedWindow : a[i] >= window && a[i] < window + kWindowBytes;
                 }));
}

void readClock(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const U64 now = warp.block->cycles;
    assignLanes(warp.lanes<U64>(in.operand[0]), mask, [=](U32) { return now; });
}

// clang-format off
#define WARPLOOM_LOGIC(T, BITS, R)                                                                                \
    OpcodeRow {"and.b" BITS, R "=" R R, &binary<T, T, T, kAnd<T>>},                                               \
    OpcodeRow {"or.b" BITS, R "=" R R, &binary<T, T, T, kOr<T>>},                                                 \
    OpcodeRow {"xor.b" BITS, R "=" R R, &binary<T, T, T, kXor<T>>},                                               \
    OpcodeRow {"not.b" BITS, R "=" R, &unary<T, T, kNot<T>>},                                                     \
    OpcodeRow {"cnot.b" BITS, R "=" R, &unary<T, T, kIsZero<T>>},                                                 \
    OpcodeRow {"selp.b" BITS, R "=" R R "P", &select<T>},                                                         \
    OpcodeRow {"slct.b" BITS ".s32", R "=" R R "W", &ternary<T, T, T, I32, kSelectBySign<T, I32>>},               \
    OpcodeRow {"slct.b" BITS ".f32", R "=" R R "W", &ternary<T, T, T, float, kSelectBySign<T, float>>},           \
    OpcodeRow {"mov.b" BITS, R "=" R, &unary<T, T, kCopy<T, T>>, Pipe::None, 0}

// The names that do not exist in PTX are the decoder's own: resizing between registers of different widths,
// taking registers apart and putting them together.
#define WARPLOOM_RESIZE(TO, TONAME, TR, FROM, FROMNAME, FR)                                                       \
    OpcodeRow {"resize." TONAME "." FROMNAME, TR "=" FR, &unary<TO, FROM, kCopy<TO, FROM>>, Pipe::None, 0}
#define WARPLOOM_PART(FROM, FROMNAME, FR, TO, TONAME, TR, PART, PARTNAME)                                         \
    OpcodeRow {"part." TONAME "." FROMNAME "." PARTNAME, TR "=" FR, &unary<TO, FROM, kPart<FROM, TO, PART>>, Pipe::None, 0}

constexpr std::array kRows {
    WARPLOOM_LOGIC(U16, "16", "H"), WARPLOOM_LOGIC(U32, "32", "W"), WARPLOOM_LOGIC(U64, "64", "L"),
    OpcodeRow {"and.pred", "P=PP", &predicateBinary<kAnd<U32>>},
    OpcodeRow {"or.pred", "P=PP", &predicateBinary<kOr<U32>>},
    OpcodeRow {"xor.pred", "P=PP", &predicateBinary<kXor<U32>>},
    OpcodeRow {"not.pred", "P=P", &predicateNot},
    OpcodeRow {"mov.pred", "P=P", &predicateMove, Pipe::None, 0},
    WARPLOOM_RESIZE(U16, "u16", "H", U32, "u32", "W"), WARPLOOM_RESIZE(U16, "u16", "H", U64, "u64", "L"),
    WARPLOOM_RESIZE(U32, "u32", "W", U16, "u16", "H"), WARPLOOM_RESIZE(U32, "u32", "W", U64, "u64", "L"),
    WARPLOOM_RESIZE(U64, "u64", "L", U16, "u16", "H"), WARPLOOM_RESIZE(U64, "u64", "L", U32, "u32", "W"),
    WARPLOOM_RESIZE(U32, "s32", "W", I16, "s16", "H"), WARPLOOM_RESIZE(U64, "s64", "L", I16, "s16", "H"),
    WARPLOOM_RESIZE(U64, "s64", "L", I32, "s32", "W"),
    WARPLOOM_PART(U32, "u32", "W", U16, "u16", "H", 0, "0"), WARPLOOM_PART(U32, "u32", "W", U16, "u16", "H", 1, "1"),
    WARPLOOM_PART(U64, "u64", "L", U16, "u16", "H", 0, "0"), WARPLOOM_PART(U64, "u64", "L", U16, "u16", "H", 1, "1"),
    WARPLOOM_PART(U64, "u64", "L", U16, "u16", "H", 2, "2"), WARPLOOM_PART(U64, "u64", "L", U16, "u16", "H", 3, "3"),
    WARPLOOM_PART(U64, "u64", "L", U32, "u32", "W", 0, "0"), WARPLOOM_PART(U64, "u64", "L", U32, "u32", "W", 1, "1"),
    OpcodeRow {"join.u32.u16", "W=HH", &binary<U32, U16, U16, kJoin<U16, U32>>, Pipe::None, 0},
    OpcodeRow {"join.u64.u32", "L=WW", &binary<U64, U32, U32, kJoin<U32, U64>>, Pipe::None, 0},
    OpcodeRow {"window.u64.u64", "L=L", &shiftWindow<U64, U64>, Pipe::None, 0},
    OpcodeRow {"window.u32.u32", "W=W", &shiftWindow<U32, U32>, Pipe::None, 0},
    OpcodeRow {"isspacep", "P=L", &isInWindow},
    OpcodeRow {"clock.u64", "L=", &readClock},
};
// clang-format on

}  // namespace

std::span<const OpcodeRow> logicRows() { return kRows; }

}  // namespace warploom::emulator::WARPLOOM_ISA
