// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "device/emulator/OpcodeTable.h"
#include "device/emulator/Warp.h"

// The handlers are compiled once for each instruction set of the host, each in its own namespace.
#ifndef WARPLOOM_ISA
#define WARPLOOM_ISA baseline
#endif

namespace warploom::emulator::WARPLOOM_ISA {

std::span<const OpcodeRow> integerRows();
std::span<const OpcodeRow> carryRows();
std::span<const OpcodeRow> bitRows();
std::span<const OpcodeRow> logicRows();
std::span<const OpcodeRow> floatRows();
std::span<const OpcodeRow> roundedRows();
std::span<const OpcodeRow> halfRows();
std::span<const OpcodeRow> compareRows();
std::span<const OpcodeRow> convertRows();
std::span<const OpcodeRow> warpRows();
Handler findMemoryHandler(const MemoryHandlerKey& key);
Handler findAtomicHandler(const AtomicHandlerKey& key);
Handler findProductHandler(const MatrixProduct& wanted);
Handler findMatrixMover(const MatrixMoveKey& key);
Handler findMbarrierHandler(MbarrierStep step);
std::uint32_t findNanLanes(NanKind kind, const std::byte* lanes);

inline bool hasLane(std::uint32_t mask, std::uint32_t lane) { return ((mask >> lane) & 1u) != 0; }

/// Calls \p function for every lane of \p mask in ascending order.
template <typename Function>
inline void forLanes(std::uint32_t mask, Function function)
{
    for (; mask != 0; mask &= mask - 1)
        function(static_cast<std::uint32_t>(std::countr_zero(mask)));
}

/// Evaluates \p lane for all 32 lanes and keeps what belongs to \p mask. Lanes that do not take part compute on
/// whatever their registers hold, so \p lane must accept every value.
template <typename D, typename Lane>
inline void assignLanes(D* destination, std::uint32_t mask, Lane lane)
{
    if (mask == kAllLanes) {
#pragma GCC ivdep
        for (std::uint32_t i = 0; i < kLanes; ++i)
            destination[i] = lane(i);
    } else {
#pragma GCC ivdep
        for (std::uint32_t i = 0; i < kLanes; ++i) {
            const D result = lane(i);
            destination[i] = hasLane(mask, i) ? result : destination[i];
        }
    }
}

template <typename D, typename A, auto F>
void unary(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const A* a = warp.lanes<A>(in.operand[1]);
    assignLanes(warp.lanes<D>(in.operand[0]), mask, [=](std::uint32_t i) { return static_cast<D>(F(a[i])); });
}

template <typename D, typename A, typename B, auto F>
void binary(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const A* a = warp.lanes<A>(in.operand[1]);
    const B* b = warp.lanes<B>(in.operand[2]);
    assignLanes(warp.lanes<D>(in.operand[0]), mask, [=](std::uint32_t i) { return static_cast<D>(F(a[i], b[i])); });
}

template <typename D, typename A, typename B, typename C, auto F>
void ternary(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const A* a = warp.lanes<A>(in.operand[1]);
    const B* b = warp.lanes<B>(in.operand[2]);
    const C* c = warp.lanes<C>(in.operand[3]);
    assignLanes(warp.lanes<D>(in.operand[0]), mask,
                [=](std::uint32_t i) { return static_cast<D>(F(a[i], b[i], c[i])); });
}

/// As assignLanes(), and tells the block of lanes whose result is not a number though \p hadNan says that no operand
/// was: hardly ever are there any.
template <typename T, typename Lane, typename HadNan>
inline void assignWatched(Warp& warp, T* destination, std::uint32_t mask, Lane lane, HadNan hadNan)
{
    using Bits = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
    alignas(64) std::array<T, kLanes> result;
    for (std::uint32_t i = 0; i < kLanes; ++i)
        result[i] = lane(i);
    Bits any = 0;
    for (std::uint32_t i = 0; i < kLanes; ++i)
        any |= result[i] != result[i] ? Bits{1} : Bits{0};
    if (any != 0) [[unlikely]] {
        std::uint32_t made = 0;
        for (std::uint32_t i = 0; i < kLanes; ++i)
            made |= result[i] != result[i] && !hadNan(i) ? std::uint32_t{1} << i : 0u;
        warp.block->nanLanes |= made & mask;
    }
    assignLanes(destination, mask, [&](std::uint32_t i) { return result[i]; });
}

template <typename T, auto F>
void unaryWatched(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const T* a = warp.lanes<T>(in.operand[1]);
    assignWatched(
        warp, warp.lanes<T>(in.operand[0]), mask, [=](std::uint32_t i) { return static_cast<T>(F(a[i])); },
        [=](std::uint32_t i) { return a[i] != a[i]; });
}

template <typename T, auto F>
void binaryWatched(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const T* a = warp.lanes<T>(in.operand[1]);
    const T* b = warp.lanes<T>(in.operand[2]);
    assignWatched(
        warp, warp.lanes<T>(in.operand[0]), mask, [=](std::uint32_t i) { return static_cast<T>(F(a[i], b[i])); },
        [=](std::uint32_t i) { return a[i] != a[i] || b[i] != b[i]; });
}

template <typename T, auto F>
void ternaryWatched(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const T* a = warp.lanes<T>(in.operand[1]);
    const T* b = warp.lanes<T>(in.operand[2]);
    const T* c = warp.lanes<T>(in.operand[3]);
    assignWatched(
        warp, warp.lanes<T>(in.operand[0]), mask, [=](std::uint32_t i) { return static_cast<T>(F(a[i], b[i], c[i])); },
        [=](std::uint32_t i) { return a[i] != a[i] || b[i] != b[i] || c[i] != c[i]; });
}

/// Writes the lanes of \p mask of a predicate.
inline void setPredicate(Warp& warp, std::uint32_t offset, std::uint32_t mask, std::uint32_t value)
{
    std::uint32_t& predicate = warp.predicate(offset);
    predicate = (predicate & ~mask) | (value & mask);
}

/// Lane mask of where \p test holds.
template <typename Test>
inline std::uint32_t testLanes(Test test)
{
    std::uint32_t result = 0;
    for (std::uint32_t i = 0; i < kLanes; ++i)
        result |= test(i) ? std::uint32_t{1} << i : 0u;
    return result;
}

using I8 = std::int8_t;
using U8 = std::uint8_t;
using I16 = std::int16_t;
using U16 = std::uint16_t;
using I32 = std::int32_t;
using U32 = std::uint32_t;
using I64 = std::int64_t;
using U64 = std::uint64_t;
__extension__ using I128 = __int128;
__extension__ using U128 = unsigned __int128;

/// Subnormal numbers become zeros of their sign.
inline float flush(float x)
{
    const U32 bits = std::bit_cast<U32>(x);
    return (bits & 0x7f800000u) == 0 ? std::bit_cast<float>(bits & 0x80000000u) : x;
}

/// [0, 1], NaN to 0.
inline float saturate(float x) { return x > 0.0f ? (x < 1.0f ? x : 1.0f) : 0.0f; }
inline double saturate(double x) { return x > 0.0 ? (x < 1.0 ? x : 1.0) : 0.0; }

}  // namespace warploom::emulator::WARPLOOM_ISA
