// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>

#include "device/emulator/HandlerSupport.h"

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

template <typename T>
using Wide = std::conditional_t<sizeof(T) == 2, std::conditional_t<std::is_signed_v<T>, I32, U32>,
                                std::conditional_t<sizeof(T) == 4, std::conditional_t<std::is_signed_v<T>, I64, U64>,
                                                   std::conditional_t<std::is_signed_v<T>, I128, U128>>>;

// Arithmetic that wraps is done unsigned: 16 bits promote to int, hence the detour for products.
template <typename T>
using Wrap = std::conditional_t<sizeof(T) == 2, U32, std::make_unsigned_t<T>>;

template <typename T>
constexpr auto kAdd = [](T a, T b) { return static_cast<T>(Wrap<T>(a) + Wrap<T>(b)); };
template <typename T>
constexpr auto kSub = [](T a, T b) { return static_cast<T>(Wrap<T>(a) - Wrap<T>(b)); };
template <typename T>
constexpr auto kMulLo = [](T a, T b) { return static_cast<T>(Wrap<T>(a) * Wrap<T>(b)); };
template <typename T>
constexpr auto kMulHi = [](T a, T b) { return static_cast<T>((Wide<T>(a) * Wide<T>(b)) >> (8 * sizeof(T))); };
template <typename T>
constexpr auto kMulWide = [](T a, T b) { return static_cast<Wide<T>>(Wide<T>(a) * Wide<T>(b)); };
template <typename T>
constexpr auto kMadLo = [](T a, T b, T c) { return kAdd<T>(kMulLo<T>(a, b), c); };
template <typename T>
constexpr auto kMadHi = [](T a, T b, T c) { return kAdd<T>(kMulHi<T>(a, b), c); };
template <typename T>
constexpr auto kMadWide = [](T a, T b, Wide<T> c) { return kAdd<Wide<T>>(kMulWide<T>(a, b), c); };

// What the hardware's division routines return for a zero divisor: all ones; the remainder is the dividend.
template <typename T>
constexpr auto kDiv = [](T a, T b) {
    if (b == 0)
        return static_cast<T>(-1);
    if constexpr (std::is_signed_v<T>)
        if (b == T(-1))
            return kSub<T>(0, a);
    return static_cast<T>(a / b);
};
template <typename T>
constexpr auto kRem = [](T a, T b) {
    if (b == 0)
        return a;
    if constexpr (std::is_signed_v<T>)
        if (b == T(-1))
            return T(0);
    return static_cast<T>(a % b);
};

template <typename T>
constexpr auto kAbs = [](T a) { return a < 0 ? kSub<T>(0, a) : a; };
template <typename T>
constexpr auto kNeg = [](T a) { return kSub<T>(0, a); };
template <typename T>
constexpr auto kMin = [](T a, T b) { return b < a ? b : a; };
template <typename T>
constexpr auto kMax = [](T a, T b) { return a < b ? b : a; };
template <typename T>
constexpr auto kSad = [](T a, T b, T c) { return kAdd<T>(c, a < b ? kSub<T>(b, a) : kSub<T>(a, b)); };
constexpr auto kMinRelu = [](I32 a, I32 b) { return std::max(std::min(a, b), 0); };
constexpr auto kMaxRelu = [](I32 a, I32 b) { return std::max(std::max(a, b), 0); };

constexpr auto kClamp32 = [](I64 x) {
    return static_cast<I32>(std::clamp<I64>(x, std::numeric_limits<I32>::min(), std::numeric_limits<I32>::max()));
};
constexpr auto kAddSat = [](I32 a, I32 b) { return kClamp32(I64{a} + b); };
constexpr auto kSubSat = [](I32 a, I32 b) { return kClamp32(I64{a} - b); };
constexpr auto kMadHiSat = [](I32 a, I32 b, I32 c) { return kClamp32(((I64{a} * b) >> 32) + c); };

constexpr auto kLow24 = [](I32 a) { return static_cast<I32>(static_cast<U32>(a) << 8) >> 8; };
constexpr auto kMul24LoS = [](I32 a, I32 b) { return static_cast<I32>(I64{kLow24(a)} * kLow24(b)); };
constexpr auto kMul24LoU = [](U32 a, U32 b) { return static_cast<U32>(U64{a & 0xffffff} * (b & 0xffffff)); };
constexpr auto kMul24HiS = [](I32 a, I32 b) { return static_cast<I32>((I64{kLow24(a)} * kLow24(b)) >> 16); };
constexpr auto kMul24HiU = [](U32 a, U32 b) { return static_cast<U32>((U64{a & 0xffffff} * (b & 0xffffff)) >> 16); };
constexpr auto kMad24LoS = [](I32 a, I32 b, I32 c) { return kAdd<I32>(kMul24LoS(a, b), c); };
constexpr auto kMad24LoU = [](U32 a, U32 b, U32 c) { return kMul24LoU(a, b) + c; };

/// Distances of the four bytes; or c and their sum.
template <bool SUMS>
constexpr auto kDistances = [](U32 a, U32 b, U32 c) {
    U32 result = SUMS ? c : 0;
    for (unsigned shift = 0; shift < 32; shift += 8) {
        const U32 x = (a >> shift) & 255u;
        const U32 y = (b >> shift) & 255u;
        const U32 distance = x > y ? x - y : y - x;
        result += SUMS ? distance : distance << shift;
    }
    return result;
};

template <typename A, typename B>
constexpr auto kDp4a = [](U32 a, U32 b, U32 c) {
    for (int k = 0; k < 4; ++k)
        c += static_cast<U32>(static_cast<I32>(static_cast<A>(a >> (8 * k)))
                              * static_cast<I32>(static_cast<B>(b >> (8 * k))));
    return c;
};
template <typename A, typename B, int FIRST>
constexpr auto kDp2a = [](U32 a, U32 b, U32 c) {
    for (int k = 0; k < 2; ++k)
        c += static_cast<U32>(static_cast<I32>(static_cast<A>(a >> (16 * k)))
                              * static_cast<I32>(static_cast<B>(b >> (8 * (k + FIRST)))));
    return c;
};

template <typename T, auto F>
constexpr auto kPair = [](U32 a, U32 b) {
    const auto low = static_cast<U16>(F(static_cast<T>(a), static_cast<T>(b)));
    const auto high = static_cast<U16>(F(static_cast<T>(a >> 16), static_cast<T>(b >> 16)));
    return U32{low} | (U32{high} << 16);
};

// clang-format off
#define WARPLOOM_INTEGER(T, NAME, R, SLOTS)                                                                       \
    OpcodeRow {"add." NAME, R "=" R R, &binary<T, T, T, kAdd<T>>, Pipe::IntegerSum, SLOTS},                            \
    OpcodeRow {"sub." NAME, R "=" R R, &binary<T, T, T, kSub<T>>, Pipe::IntegerSum, SLOTS},                            \
    OpcodeRow {"mul.lo." NAME, R "=" R R, &binary<T, T, T, kMulLo<T>>, Pipe::IntegerProduct, 2 * SLOTS - 1},               \
    OpcodeRow {"mul.hi." NAME, R "=" R R, &binary<T, T, T, kMulHi<T>>, Pipe::IntegerProduct, 2 * SLOTS},                   \
    OpcodeRow {"mad.lo." NAME, R "=" R R R, &ternary<T, T, T, T, kMadLo<T>>, Pipe::IntegerProduct, 2 * SLOTS - 1},         \
    OpcodeRow {"mad.hi." NAME, R "=" R R R, &ternary<T, T, T, T, kMadHi<T>>, Pipe::IntegerProduct, 2 * SLOTS},             \
    OpcodeRow {"div." NAME, R "=" R R, &binary<T, T, T, kDiv<T>>, Pipe::IntegerSum, 20 * SLOTS},                       \
    OpcodeRow {"rem." NAME, R "=" R R, &binary<T, T, T, kRem<T>>, Pipe::IntegerSum, 20 * SLOTS},                       \
    OpcodeRow {"min." NAME, R "=" R R, &binary<T, T, T, kMin<T>>, Pipe::Integer, SLOTS},                            \
    OpcodeRow {"max." NAME, R "=" R R, &binary<T, T, T, kMax<T>>, Pipe::Integer, SLOTS},                            \
    OpcodeRow {"sad." NAME, R "=" R R R, &ternary<T, T, T, T, kSad<T>>, Pipe::Integer, 2 * SLOTS}

#define WARPLOOM_WIDENING(T, NAME, R, D)                                                                          \
    OpcodeRow {"mul.wide." NAME, D "=" R R, &binary<Wide<T>, T, T, kMulWide<T>>, Pipe::IntegerProduct},                                 \
    OpcodeRow {"mad.wide." NAME, D "=" R R D, &ternary<Wide<T>, T, T, Wide<T>, kMadWide<T>>, Pipe::IntegerProduct}

#define WARPLOOM_SIGNED(T, NAME, R)                                                                               \
    OpcodeRow {"abs." NAME, R "=" R, &unary<T, T, kAbs<T>>},                                                      \
    OpcodeRow {"neg." NAME, R "=" R, &unary<T, T, kNeg<T>>}

#define WARPLOOM_PAIR(T, NAME)                                                                                    \
    OpcodeRow {"add." NAME, "W=WW", &binary<U32, U32, U32, kPair<T, kAdd<T>>>},                                   \
    OpcodeRow {"min." NAME, "W=WW", &binary<U32, U32, U32, kPair<T, kMin<T>>>},                                   \
    OpcodeRow {"max." NAME, "W=WW", &binary<U32, U32, U32, kPair<T, kMax<T>>>}

#define WARPLOOM_DOT(A, ANAME, B, BNAME)                                                                          \
    OpcodeRow {"dp4a." ANAME "32." BNAME "32", "W=WWW", &ternary<U32, U32, U32, U32, kDp4a<A##8, B##8>>},         \
    OpcodeRow {"dp2a.lo." ANAME "32." BNAME "32", "W=WWW", &ternary<U32, U32, U32, U32, kDp2a<A##16, B##8, 0>>},  \
    OpcodeRow {"dp2a.hi." ANAME "32." BNAME "32", "W=WWW", &ternary<U32, U32, U32, U32, kDp2a<A##16, B##8, 2>>}

constexpr std::array kRows {
    OpcodeRow {"vabsdiff4.u32.u32.u32", "W=WWW", &ternary<U32, U32, U32, U32, kDistances<false>>},
    OpcodeRow {"vabsdiff4.u32.u32.u32.add", "W=WWW", &ternary<U32, U32, U32, U32, kDistances<true>>},
    WARPLOOM_INTEGER(I16, "s16", "H", 1), WARPLOOM_INTEGER(U16, "u16", "H", 1),
    WARPLOOM_INTEGER(I32, "s32", "W", 1), WARPLOOM_INTEGER(U32, "u32", "W", 1),
    WARPLOOM_INTEGER(I64, "s64", "L", 2), WARPLOOM_INTEGER(U64, "u64", "L", 2),
    WARPLOOM_WIDENING(I16, "s16", "H", "W"), WARPLOOM_WIDENING(U16, "u16", "H", "W"),
    WARPLOOM_WIDENING(I32, "s32", "W", "L"), WARPLOOM_WIDENING(U32, "u32", "W", "L"),
    WARPLOOM_SIGNED(I16, "s16", "H"), WARPLOOM_SIGNED(I32, "s32", "W"), WARPLOOM_SIGNED(I64, "s64", "L"),
    WARPLOOM_PAIR(I16, "s16x2"), WARPLOOM_PAIR(U16, "u16x2"),
    WARPLOOM_DOT(I, "s", I, "s"), WARPLOOM_DOT(I, "s", U, "u"), WARPLOOM_DOT(U, "u", I, "s"), WARPLOOM_DOT(U, "u", U, "u"),
    OpcodeRow {"min.relu.s32", "W=WW", &binary<I32, I32, I32, kMinRelu>},
    OpcodeRow {"max.relu.s32", "W=WW", &binary<I32, I32, I32, kMaxRelu>},
    OpcodeRow {"add.sat.s32", "W=WW", &binary<I32, I32, I32, kAddSat>},
    OpcodeRow {"sub.sat.s32", "W=WW", &binary<I32, I32, I32, kSubSat>},
    OpcodeRow {"mad.hi.sat.s32", "W=WWW", &ternary<I32, I32, I32, I32, kMadHiSat>},
    OpcodeRow {"mul24.lo.s32", "W=WW", &binary<I32, I32, I32, kMul24LoS>},
    OpcodeRow {"mul24.lo.u32", "W=WW", &binary<U32, U32, U32, kMul24LoU>},
    OpcodeRow {"mul24.hi.s32", "W=WW", &binary<I32, I32, I32, kMul24HiS>},
    OpcodeRow {"mul24.hi.u32", "W=WW", &binary<U32, U32, U32, kMul24HiU>},
    OpcodeRow {"mad24.lo.s32", "W=WWW", &ternary<I32, I32, I32, I32, kMad24LoS>},
    OpcodeRow {"mad24.lo.u32", "W=WWW", &ternary<U32, U32, U32, U32, kMad24LoU>},
};
// clang-format on

}  // namespace

std::span<const OpcodeRow> integerRows() { return kRows; }

}  // namespace warploom::emulator::WARPLOOM_ISA
