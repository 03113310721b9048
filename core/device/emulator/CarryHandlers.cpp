// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>

#include "device/emulator/HandlerSupport.h"

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

// The carry is a predicate: decoded as the last operand written (when .cc) and the last one read (when carry comes in).
enum class Sum { Add, Sub, MadLo, MadHi };

template <typename T>
T productPart(T a, T b, bool high)
{
    using Wide = std::conditional_t<sizeof(T) == 4, U64, U128>;
    const Wide product = Wide{a} * b;
    return static_cast<T>(high ? product >> (8 * sizeof(T)) : product);
}

template <typename T, Sum SUM, bool SIGNED, bool IN, bool OUT>
void withCarry(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    constexpr std::size_t kFirst = OUT ? 2 : 1;
    constexpr bool kMad = SUM == Sum::MadLo || SUM == Sum::MadHi;
    constexpr std::size_t kSources = kMad ? 3 : 2;
    const T* a = warp.lanes<T>(in.operand[kFirst]);
    const T* b = warp.lanes<T>(in.operand[kFirst + 1]);
    const T* c = kMad ? warp.lanes<T>(in.operand[kFirst + 2]) : nullptr;
    const U32 carryIn = IN ? warp.predicate(in.operand[kFirst + kSources]) : 0;
    T* d = warp.lanes<T>(in.operand[0]);
    U32 carryOut = 0;
    forLanes(mask, [&](U32 i) {
        const T carry = hasLane(carryIn, i) ? 1 : 0;
        T left = a[i];
        T right = b[i];
        if constexpr (kMad) {
            left = productPart<T>(a[i], b[i], SUM == Sum::MadHi);
            if constexpr (SIGNED && SUM == Sum::MadHi)
                left -= (static_cast<std::make_signed_t<T>>(a[i]) < 0 ? b[i] : 0)
                    + (static_cast<std::make_signed_t<T>>(b[i]) < 0 ? a[i] : 0);
            right = c[i];
        }
        T result;
        bool overflow;
        if constexpr (SUM == Sum::Sub) {
            overflow = __builtin_sub_overflow(left, right, &result);
            overflow |= __builtin_sub_overflow(result, carry, &result);
        } else {
            overflow = __builtin_add_overflow(left, right, &result);
            overflow |= __builtin_add_overflow(result, carry, &result);
        }
        d[i] = result;
        carryOut |= overflow ? U32{1} << i : 0;
    });
    if constexpr (OUT)
        setPredicate(warp, in.operand[1], mask, carryOut);
}

// clang-format off
#define WARPLOOM_CARRY(T, NAME, R, SIGNED)                                                                        \
    OpcodeRow {"add.cc." NAME, R "P=" R R, &withCarry<T, Sum::Add, SIGNED, false, true>},                          \
    OpcodeRow {"addc." NAME, R "=" R R "P", &withCarry<T, Sum::Add, SIGNED, true, false>},                         \
    OpcodeRow {"addc.cc." NAME, R "P=" R R "P", &withCarry<T, Sum::Add, SIGNED, true, true>},                      \
    OpcodeRow {"sub.cc." NAME, R "P=" R R, &withCarry<T, Sum::Sub, SIGNED, false, true>},                          \
    OpcodeRow {"subc." NAME, R "=" R R "P", &withCarry<T, Sum::Sub, SIGNED, true, false>},                         \
    OpcodeRow {"subc.cc." NAME, R "P=" R R "P", &withCarry<T, Sum::Sub, SIGNED, true, true>},                      \
    OpcodeRow {"mad.lo.cc." NAME, R "P=" R R R, &withCarry<T, Sum::MadLo, SIGNED, false, true>},                   \
    OpcodeRow {"madc.lo." NAME, R "=" R R R "P", &withCarry<T, Sum::MadLo, SIGNED, true, false>},                  \
    OpcodeRow {"madc.lo.cc." NAME, R "P=" R R R "P", &withCarry<T, Sum::MadLo, SIGNED, true, true>},               \
    OpcodeRow {"mad.hi.cc." NAME, R "P=" R R R, &withCarry<T, Sum::MadHi, SIGNED, false, true>},                   \
    OpcodeRow {"madc.hi." NAME, R "=" R R R "P", &withCarry<T, Sum::MadHi, SIGNED, true, false>},                  \
    OpcodeRow {"madc.hi.cc." NAME, R "P=" R R R "P", &withCarry<T, Sum::MadHi, SIGNED, true, true>}

constexpr std::array kRows {
    WARPLOOM_CARRY(U32, "u32", "W", false), WARPLOOM_CARRY(U32, "s32", "W", true),
    WARPLOOM_CARRY(U64, "u64", "L", false), WARPLOOM_CARRY(U64, "s64", "L", true),
};
// clang-format on

}  // namespace

std::span<const OpcodeRow> carryRows() { return kRows; }

}  // namespace warploom::emulator::WARPLOOM_ISA
