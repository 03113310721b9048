// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>

#include "device/emulator/CanonicalNan.h"
#include "device/emulator/HalfFloat.h"
#include "device/emulator/MemoryAccess.h"

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

/// The update a lane makes: old value, operand and (cas) second operand to new value.
template <typename T, auto F, bool RETURNS_OLD, bool SECOND, bool OVERWRITES>
void atomic(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    constexpr std::size_t kAddress = RETURNS_OLD ? 1 : 0;
    Access access;
    const AccessRequest request{memorySpace(in), AccessKind::Atomic, sizeof(T), memoryIsWide(in),
                                kAddress,        in.immediate,       0,         0,
                                false,           OVERWRITES};
    if (!resolveAccess(warp, in, mask, request, access))
        return;
    const T* b = warp.lanes<T>(in.operand[kAddress + 1]);
    const T* c = SECOND ? warp.lanes<T>(in.operand[kAddress + 2]) : b;
    T* d = RETURNS_OLD ? warp.lanes<T>(in.operand[0]) : nullptr;
    forLanes(mask, [&](U32 i) {
        T* target = reinterpret_cast<T*>(access.of(i));
        T old = __atomic_load_n(target, __ATOMIC_RELAXED);
        while (!__atomic_compare_exchange_n(target, &old, static_cast<T>(F(old, b[i], c[i])), false, __ATOMIC_SEQ_CST,
                                            __ATOMIC_RELAXED)) { }
        if constexpr (RETURNS_OLD)
            d[i] = old;
    });
}

/// COUNT neighbours, whose registers stand in a MatrixUse: operands, then results.
template <typename T, auto F, unsigned COUNT, bool RETURNS_OLD>
void vectorAtomic(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    Access access;
    const AccessRequest request{memorySpace(in), AccessKind::Atomic, sizeof(T) * COUNT, memoryIsWide(in), 0,
                                in.immediate};
    if (!resolveAccess(warp, in, mask, request, access))
        return;
    const U32* registers = warp.block->program->matrices[in.target >> kMatrixShift].registers.data();
    for (U32 k = 0; k < COUNT; ++k) {
        const T* b = warp.lanes<T>(registers[k]);
        T* d = RETURNS_OLD ? warp.lanes<T>(registers[COUNT + k]) : nullptr;
        forLanes(mask, [&](U32 i) {
            T* target = reinterpret_cast<T*>(access.of(i)) + k;
            T old = __atomic_load_n(target, __ATOMIC_RELAXED);
            while (!__atomic_compare_exchange_n(target, &old, static_cast<T>(F(old, b[i], b[i])), false,
                                                __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) { }
            if constexpr (RETURNS_OLD)
                d[i] = old;
        });
    }
}

constexpr auto kAdd = [](auto old, auto b, auto) { return static_cast<decltype(old)>(old + b); };
constexpr auto kAnd = [](auto old, auto b, auto) { return old & b; };
constexpr auto kOr = [](auto old, auto b, auto) { return old | b; };
constexpr auto kXor = [](auto old, auto b, auto) { return old ^ b; };
constexpr auto kExchange = [](auto, auto b, auto) { return b; };
constexpr auto kCompareSwap = [](auto old, auto b, auto c) { return old == b ? c : old; };
constexpr auto kIncrement = [](U32 old, U32 b, U32) { return old >= b ? 0u : old + 1; };
constexpr auto kDecrement = [](U32 old, U32 b, U32) { return old == 0 || old > b ? b : old - 1; };
template <typename S>
constexpr auto kMin = [](auto old, auto b, auto) { return static_cast<S>(b) < static_cast<S>(old) ? b : old; };
template <typename S>
constexpr auto kMax = [](auto old, auto b, auto) { return static_cast<S>(old) < static_cast<S>(b) ? b : old; };
template <typename F, typename U>
constexpr auto kFloatAdd =
    [](U old, U b, U) { return std::bit_cast<U>(settled(std::bit_cast<F>(old) + std::bit_cast<F>(b))); };

constexpr auto kHalfAdd = [](U16 old, U16 b, U16) { return nearestHalf(toFloat(Half{old}) + toFloat(Half{b})).bits; };
constexpr auto kBrainAdd = [](U16 old, U16 b, U16) {
    return nearestBrain(oddFloat(static_cast<double>(toFloat(Brain{old})) + toFloat(Brain{b}))).bits;
};
template <auto F>
constexpr auto kPair = [](U32 old, U32 b, U32) {
    const U32 low = F(static_cast<U16>(old), static_cast<U16>(b), U16{0});
    const U32 high = F(static_cast<U16>(old >> 16), static_cast<U16>(b >> 16), U16{0});
    return low | (high << 16);
};

struct AtomicRow {
    std::string_view operation;
    PtxType type;
    Handler returning;
    Handler plain;
    std::uint32_t count = 1;
};

template <typename T, auto F, unsigned COUNT>
constexpr AtomicRow vectorRow(PtxType type)
{
    return {"add", type, &vectorAtomic<T, F, COUNT, true>, &vectorAtomic<T, F, COUNT, false>, COUNT};
}

template <typename T, auto F, bool SECOND = false, bool OVERWRITES = false>
constexpr AtomicRow row(std::string_view operation, PtxType type)
{
    return {operation, type, &atomic<T, F, true, SECOND, OVERWRITES>, &atomic<T, F, false, SECOND, OVERWRITES>};
}

constexpr std::array kRows{
    row<U32, kAdd>("add", PtxType::U32),
    row<U32, kAdd>("add", PtxType::S32),
    row<U64, kAdd>("add", PtxType::U64),
    row<U64, kAdd>("add", PtxType::S64),
    row<U32, kFloatAdd<float, U32>>("add", PtxType::F32),
    row<U64, kFloatAdd<double, U64>>("add", PtxType::F64),
    row<U16, kHalfAdd>("add", PtxType::F16),
    row<U32, kPair<kHalfAdd>>("add", PtxType::F16x2),
    row<U16, kBrainAdd>("add", PtxType::Bf16),
    row<U32, kPair<kBrainAdd>>("add", PtxType::Bf16x2),
    row<U32, kMin<U32>>("min", PtxType::U32),
    row<U32, kMin<I32>>("min", PtxType::S32),
    row<U64, kMin<U64>>("min", PtxType::U64),
    row<U64, kMin<I64>>("min", PtxType::S64),
    row<U32, kMax<U32>>("max", PtxType::U32),
    row<U32, kMax<I32>>("max", PtxType::S32),
    row<U64, kMax<U64>>("max", PtxType::U64),
    row<U64, kMax<I64>>("max", PtxType::S64),
    row<U32, kAnd>("and", PtxType::B32),
    row<U64, kAnd>("and", PtxType::B64),
    row<U32, kOr>("or", PtxType::B32),
    row<U64, kOr>("or", PtxType::B64),
    row<U32, kXor>("xor", PtxType::B32),
    row<U64, kXor>("xor", PtxType::B64),
    row<U32, kExchange, false, true>("exch", PtxType::B32),
    row<U64, kExchange, false, true>("exch", PtxType::B64),
    row<U32, kIncrement>("inc", PtxType::U32),
    row<U32, kDecrement>("dec", PtxType::U32),
    row<U16, kCompareSwap, true>("cas", PtxType::B16),
    row<U32, kCompareSwap, true>("cas", PtxType::B32),
    row<U64, kCompareSwap, true>("cas", PtxType::B64),
    vectorRow<U32, kFloatAdd<float, U32>, 2>(PtxType::F32),
    vectorRow<U32, kFloatAdd<float, U32>, 4>(PtxType::F32),
    vectorRow<U16, kHalfAdd, 2>(PtxType::F16),
    vectorRow<U16, kHalfAdd, 4>(PtxType::F16),
    vectorRow<U16, kHalfAdd, 8>(PtxType::F16),
    vectorRow<U16, kBrainAdd, 2>(PtxType::Bf16),
    vectorRow<U16, kBrainAdd, 4>(PtxType::Bf16),
    vectorRow<U16, kBrainAdd, 8>(PtxType::Bf16),
    vectorRow<U32, kPair<kHalfAdd>, 2>(PtxType::F16x2),
    vectorRow<U32, kPair<kHalfAdd>, 4>(PtxType::F16x2),
    vectorRow<U32, kPair<kBrainAdd>, 2>(PtxType::Bf16x2),
    vectorRow<U32, kPair<kBrainAdd>, 4>(PtxType::Bf16x2),
};

}  // namespace

Handler findAtomicHandler(const AtomicHandlerKey& key)
{
    for (const AtomicRow& row : kRows)
        if (row.operation == key.operation && row.type == key.type && row.count == key.count)
            return key.returnsOld ? row.returning : row.plain;
    return nullptr;
}

}  // namespace warploom::emulator::WARPLOOM_ISA
