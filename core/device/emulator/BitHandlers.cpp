// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>

#include "device/emulator/HandlerSupport.h"

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

template <typename T>
constexpr auto kPopulation = [](T a) { return static_cast<U32>(std::popcount(a)); };
template <typename T>
constexpr auto kLeadingZeros = [](T a) { return static_cast<U32>(std::countl_zero(a)); };

template <typename T>
constexpr auto kReverse = [](T a) {
    T result = 0;
    for (std::size_t bit = 0; bit < 8 * sizeof(T); ++bit)
        result |= static_cast<T>((a >> bit) & 1) << (8 * sizeof(T) - 1 - bit);
    return result;
};

/// Position of the highest bit that differs from the sign, all ones when there is none.
template <typename T, bool SHIFT>
constexpr auto kFind = [](T a) {
    using U = std::make_unsigned_t<T>;
    U bits = static_cast<U>(a);
    if constexpr (std::is_signed_v<T>)
        bits = a < 0 ? static_cast<U>(~a) : bits;
    if (bits == 0)
        return ~U32{0};
    const auto zeros = static_cast<U32>(std::countl_zero(bits));
    return SHIFT ? zeros : static_cast<U32>(8 * sizeof(T) - 1) - zeros;
};

template <typename T>
constexpr auto kExtract = [](T a, U32 start, U32 count) {
    using U = std::make_unsigned_t<T>;
    constexpr U32 kTop = 8 * sizeof(T) - 1;
    const U32 position = start & 0xff;
    const U32 length = count & 0xff;
    U sign = 0;
    if constexpr (std::is_signed_v<T>)
        sign = length == 0 ? 0 : static_cast<U>(a) >> std::min(position + length - 1, kTop) & 1;
    const U shifted = position > kTop ? U{0} : static_cast<U>(static_cast<U>(a) >> position);
    const U kept = length > kTop ? ~U{0} : static_cast<U>((U{1} << length) - 1);
    const U available = position > kTop ? U{0} : static_cast<U>(~U{0} >> position);
    const U field = kept & available;
    return static_cast<T>((shifted & field) | (sign != 0 ? static_cast<U>(~field) : U{0}));
};

template <typename T>
constexpr auto kInsert = [](T a, T b, U32 start, U32 count) {
    constexpr U32 kTop = 8 * sizeof(T) - 1;
    const U32 position = start & 0xff;
    const U32 length = count & 0xff;
    if (position > kTop)
        return b;
    const T field = static_cast<T>((length > kTop ? ~T{0} : (T{1} << length) - 1) << position);
    return static_cast<T>((b & ~field) | (static_cast<T>(a << position) & field));
};

template <typename T>
void insertBits(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const T* a = warp.lanes<T>(in.operand[1]);
    const T* b = warp.lanes<T>(in.operand[2]);
    const U32* start = warp.lanes<U32>(in.operand[3]);
    const U32* count = warp.lanes<U32>(in.operand[4]);
    assignLanes(warp.lanes<T>(in.operand[0]), mask, [=](U32 i) { return kInsert<T>(a[i], b[i], start[i], count[i]); });
}

template <typename T>
constexpr auto kShiftLeft = [](T a, U32 n) { return n >= 8 * sizeof(T) ? T{0} : static_cast<T>(a << n); };
template <typename T>
constexpr auto kShiftRight = [](T a, U32 n) {
    constexpr U32 kTop = 8 * sizeof(T) - 1;
    if constexpr (std::is_signed_v<T>)
        return static_cast<T>(a >> std::min(n, kTop));
    else
        return n > kTop ? T{0} : static_cast<T>(a >> n);
};

constexpr auto kFunnel = [](U32 low, U32 high) { return (U64{high} << 32) | low; };
constexpr auto kFunnelLeftWrap = [](U32 a, U32 b, U32 n) {
    return static_cast<U32>((kFunnel(a, b) << (n & 31)) >> 32);
};
constexpr auto kFunnelLeftClamp = [](U32 a, U32 b, U32 n) {
    return static_cast<U32>((kFunnel(a, b) << std::min(n, 32u)) >> 32);
};
constexpr auto kFunnelRightWrap = [](U32 a, U32 b, U32 n) { return static_cast<U32>(kFunnel(a, b) >> (n & 31)); };
constexpr auto kFunnelRightClamp = [](U32 a, U32 b, U32 n) {
    return static_cast<U32>(kFunnel(a, b) >> std::min(n, 32u));
};

constexpr auto kSelectByte = [](U32 a, U32 b, U32 selector) {
    const auto byte = static_cast<U32>(kFunnel(a, b) >> (8 * (selector & 7))) & 0xff;
    return (selector & 8) != 0 ? ((byte & 0x80) != 0 ? 0xffu : 0u) : byte;
};
constexpr auto kFromSelectors = [](U32 a, U32 b, U32 s0, U32 s1, U32 s2, U32 s3) {
    return kSelectByte(a, b, s0) | (kSelectByte(a, b, s1) << 8) | (kSelectByte(a, b, s2) << 16)
        | (kSelectByte(a, b, s3) << 24);
};
constexpr auto kPermute = [](U32 a, U32 b, U32 c) {
    return kFromSelectors(a, b, c & 15, (c >> 4) & 15, (c >> 8) & 15, (c >> 12) & 15);
};
constexpr auto kForward4 = [](U32 a, U32 b, U32 c) {
    const U32 s = c & 3;
    return kFromSelectors(a, b, s, s + 1, s + 2, s + 3);
};
constexpr auto kBackward4 = [](U32 a, U32 b, U32 c) {
    const U32 s = (c & 3) + 8;
    return kFromSelectors(a, b, s & 7, (s - 1) & 7, (s - 2) & 7, (s - 3) & 7);
};
constexpr auto kReplicate8 = [](U32 a, U32 b, U32 c) {
    const U32 s = c & 3;
    return kFromSelectors(a, b, s, s, s, s);
};
constexpr auto kEdgeLeft = [](U32 a, U32 b, U32 c) {
    const U32 s = c & 3;
    return kFromSelectors(a, b, std::max(s, 0u), std::max(s, 1u), std::max(s, 2u), 3);
};
constexpr auto kEdgeRight = [](U32 a, U32 b, U32 c) {
    const U32 s = c & 3;
    return kFromSelectors(a, b, 0, std::min(s, 1u), std::min(s, 2u), s);
};
constexpr auto kReplicate16 = [](U32 a, U32 b, U32 c) {
    const U32 s = 2 * (c & 1);
    return kFromSelectors(a, b, s, s + 1, s, s + 1);
};

constexpr auto kLogic3 = [](U32 a, U32 b, U32 c, U32 table) {
    U32 result = 0;
    for (U32 row = 0; row < 8; ++row) {
        const U32 term = ((row & 4) != 0 ? a : ~a) & ((row & 2) != 0 ? b : ~b) & ((row & 1) != 0 ? c : ~c);
        result |= ((table >> row) & 1) != 0 ? term : 0;
    }
    return result;
};

void logic3(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const U32* a = warp.lanes<U32>(in.operand[1]);
    const U32* b = warp.lanes<U32>(in.operand[2]);
    const U32* c = warp.lanes<U32>(in.operand[3]);
    const U32 table = warp.lanes<U32>(in.operand[4])[0];
    assignLanes(warp.lanes<U32>(in.operand[0]), mask, [=](U32 i) { return kLogic3(a[i], b[i], c[i], table); });
}

template <bool CLAMP>
constexpr auto kBitMask = [](U32 start, U32 count) {
    const U32 position = CLAMP ? std::min(start, 32u) : start & 31;
    const U32 length = CLAMP ? std::min(count, 32u) : count & 31;
    return static_cast<U32>(((U64{1} << length) - 1) << position);
};

template <typename T, bool CLAMP>
constexpr auto kExtend = [](T a, U32 n) {
    const U32 length = CLAMP ? std::min(n, 32u) : n & 31;
    if (length == 0)
        return T{0};
    const U32 shift = 32 - length;
    return static_cast<T>(static_cast<T>(static_cast<U32>(a) << shift) >> shift);
};

// clang-format off
#define WARPLOOM_SHIFTS(S, U, BITS, R)                                                                            \
    OpcodeRow {"shl.b" BITS, R "=" R "W", &binary<U, U, U32, kShiftLeft<U>>},                                     \
    OpcodeRow {"shr.b" BITS, R "=" R "W", &binary<U, U, U32, kShiftRight<U>>},                                    \
    OpcodeRow {"shr.u" BITS, R "=" R "W", &binary<U, U, U32, kShiftRight<U>>},                                    \
    OpcodeRow {"shr.s" BITS, R "=" R "W", &binary<S, S, U32, kShiftRight<S>>}

#define WARPLOOM_COUNTS(S, U, BITS, R)                                                                            \
    OpcodeRow {"popc.b" BITS, "W=" R, &unary<U32, U, kPopulation<U>>, Pipe::Special},                             \
    OpcodeRow {"clz.b" BITS, "W=" R, &unary<U32, U, kLeadingZeros<U>>, Pipe::Special},                            \
    OpcodeRow {"brev.b" BITS, R "=" R, &unary<U, U, kReverse<U>>, Pipe::Special},                                 \
    OpcodeRow {"bfind.u" BITS, "W=" R, &unary<U32, U, kFind<U, false>>, Pipe::Special},                           \
    OpcodeRow {"bfind.s" BITS, "W=" R, &unary<U32, S, kFind<S, false>>, Pipe::Special},                           \
    OpcodeRow {"bfind.shiftamt.u" BITS, "W=" R, &unary<U32, U, kFind<U, true>>, Pipe::Special},                   \
    OpcodeRow {"bfind.shiftamt.s" BITS, "W=" R, &unary<U32, S, kFind<S, true>>, Pipe::Special},                   \
    OpcodeRow {"bfe.u" BITS, R "=" R "WW", &ternary<U, U, U32, U32, kExtract<U>>, Pipe::Integer, 2},              \
    OpcodeRow {"bfe.s" BITS, R "=" R "WW", &ternary<S, S, U32, U32, kExtract<S>>, Pipe::Integer, 2},              \
    OpcodeRow {"bfi.b" BITS, R "=" R R "WW", &insertBits<U>, Pipe::Integer, 2}

#define WARPLOOM_PRMT(NAME, F) OpcodeRow {"prmt.b32" NAME, "W=WWW", &ternary<U32, U32, U32, U32, F>}
#define WARPLOOM_FUNNEL(NAME, F) OpcodeRow {"shf." NAME ".b32", "W=WWW", &ternary<U32, U32, U32, U32, F>}

constexpr std::array kRows {
    WARPLOOM_SHIFTS(I16, U16, "16", "H"), WARPLOOM_SHIFTS(I32, U32, "32", "W"), WARPLOOM_SHIFTS(I64, U64, "64", "L"),
    WARPLOOM_COUNTS(I32, U32, "32", "W"), WARPLOOM_COUNTS(I64, U64, "64", "L"),
    WARPLOOM_FUNNEL("l.wrap", kFunnelLeftWrap), WARPLOOM_FUNNEL("l.clamp", kFunnelLeftClamp),
    WARPLOOM_FUNNEL("r.wrap", kFunnelRightWrap), WARPLOOM_FUNNEL("r.clamp", kFunnelRightClamp),
    WARPLOOM_PRMT("", kPermute), WARPLOOM_PRMT(".f4e", kForward4), WARPLOOM_PRMT(".b4e", kBackward4),
    WARPLOOM_PRMT(".rc8", kReplicate8), WARPLOOM_PRMT(".ecl", kEdgeLeft), WARPLOOM_PRMT(".ecr", kEdgeRight),
    WARPLOOM_PRMT(".rc16", kReplicate16),
    OpcodeRow {"lop3.b32", "W=WWWW", &logic3},
    OpcodeRow {"bmsk.clamp.b32", "W=WW", &binary<U32, U32, U32, kBitMask<true>>},
    OpcodeRow {"bmsk.wrap.b32", "W=WW", &binary<U32, U32, U32, kBitMask<false>>},
    OpcodeRow {"szext.clamp.u32", "W=WW", &binary<U32, U32, U32, kExtend<U32, true>>},
    OpcodeRow {"szext.wrap.u32", "W=WW", &binary<U32, U32, U32, kExtend<U32, false>>},
    OpcodeRow {"szext.clamp.s32", "W=WW", &binary<I32, I32, U32, kExtend<I32, true>>},
    OpcodeRow {"szext.wrap.s32", "W=WW", &binary<I32, I32, U32, kExtend<I32, false>>},
};
// clang-format on

}  // namespace

std::span<const OpcodeRow> bitRows() { return kRows; }

}  // namespace warploom::emulator::WARPLOOM_ISA
