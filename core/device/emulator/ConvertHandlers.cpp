// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <cfenv>

#include "device/emulator/CanonicalNan.h"
#include "device/emulator/ConversionCode.h"
#include "device/emulator/HandlerSupport.h"
#include "device/emulator/SmallFloat.h"

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

// Every integer and float of PTX fits into a long double without loss, so one path serves all pairs of types; the
// pairs that kernels are full of have rows of their own below.
long double readLane(const std::byte* from, PtxType type)
{
    const auto as = [from]<typename T>(T value) {
        std::memcpy(&value, from, sizeof(value));
        return value;
    };
    switch (type) {
    case PtxType::S8:
        return as(I8{});
    case PtxType::S16:
        return as(I16{});
    case PtxType::S32:
        return as(I32{});
    case PtxType::S64:
        return static_cast<long double>(as(I64{}));
    case PtxType::U8:
        return as(U8{});
    case PtxType::U16:
        return as(U16{});
    case PtxType::U32:
        return as(U32{});
    case PtxType::U64:
        return static_cast<long double>(as(U64{}));
    case PtxType::F16:
        return toFloat(as(Half{}));
    case PtxType::Bf16:
        return toFloat(as(Brain{}));
    case PtxType::E4m3:
    case PtxType::E5m2:
        return eighthValues(type)[as(U8{})];
    case PtxType::F64:
        return as(double{});
    default:
        return as(float{});
    }
}

template <typename T>
U64 clampTo(long double value)
{
    constexpr auto kLow = static_cast<long double>(std::numeric_limits<T>::min());
    constexpr auto kHigh = static_cast<long double>(std::numeric_limits<T>::max());
    return static_cast<U64>(value <= kLow        ? std::numeric_limits<T>::min()
                                : value >= kHigh ? std::numeric_limits<T>::max()
                                                 : static_cast<T>(value));
}

/// What a NaN becomes: PTX ISA, "cvt": 0, but the highest bit alone where one of the two types has 64 bits.
template <typename T>
U64 integerOfNan(const ConversionCode& code)
{
    return code.from == PtxType::F64 || sizeof(T) == 8 ? U64{1} << (8 * sizeof(T) - 1) : 0;
}

/// Integer to integer: keeps the low bits unless saturating.
template <typename T>
U64 toInteger(long double value, const ConversionCode& code)
{
    if (std::isnan(value))
        return integerOfNan<T>(code);
    if (code.saturate || isFloating(code.from))
        return clampTo<T>(value);
    const U64 bits = value < 0 ? static_cast<U64>(static_cast<I64>(value)) : static_cast<U64>(value);
    return static_cast<U64>(static_cast<T>(bits));  // a wider register gets it extended
}

U64 tensorFloat(float value, Rounding rounding)
{
    const U32 bits = std::bit_cast<U32>(value);
    if ((bits & 0x7f800000u) == 0x7f800000u)
        return bits;
    const U32 half = rounding == Rounding::NearestAway ? 0x1000u
        : rounding == Rounding::Nearest                ? 0xfffu + ((bits >> 13) & 1u)
                                                       : 0u;
    return (bits + half) & ~0x1fffu;
}

U64 smallFloat(long double value, const ConversionCode& code, int exponentBits, int fractionBits)
{
    U32 bits = roundToSmall(value, exponentBits, fractionBits, code.rounding);
    const U32 infinity = ((1u << exponentBits) - 1) << fractionBits;
    if (code.satFinite && (bits & 0x7fffu) == infinity)
        --bits;
    return bits;
}

/// Nearest even. What is too large becomes the largest number: PTX has no other conversion to these types.
U64 eighthBits(long double value, const ConversionCode& code)
{
    const U64 sign = std::signbit(value) ? 0x80u : 0u;
    if (std::isnan(value))
        return 0x7f;
    if (code.to == PtxType::E5m2)
        return std::min<U64>(roundToSmall(std::fabs(value), 5, 2, code.rounding), 0x7b) | sign;
    // From 256 on the exponent that elsewhere means infinity stands for numbers.
    const long double magnitude = std::min(std::fabs(value), 448.0L);
    return sign
        | (magnitude < 256 ? roundToSmall(magnitude, 4, 3, code.rounding)
                           : 0x70 + static_cast<U64>(std::nearbyint(magnitude / 32)));
}

U64 writeBits(long double value, const ConversionCode& code)
{
    switch (code.to) {
    case PtxType::S8:
        return toInteger<I8>(value, code);
    case PtxType::S16:
        return toInteger<I16>(value, code);
    case PtxType::S32:
        return toInteger<I32>(value, code);
    case PtxType::S64:
        return toInteger<I64>(value, code);
    case PtxType::U8:
        return toInteger<U8>(value, code);
    case PtxType::U16:
        return toInteger<U16>(value, code);
    case PtxType::U32:
        return toInteger<U32>(value, code);
    case PtxType::U64:
        return toInteger<U64>(value, code);
    case PtxType::F16:
        return smallFloat(value, code, 5, 10);
    case PtxType::Bf16:
        return smallFloat(value, code, 8, 7);
    case PtxType::E4m3:
    case PtxType::E5m2:
        return eighthBits(value, code);
    case PtxType::Tf32:
        return tensorFloat(static_cast<float>(value), code.rounding);
    case PtxType::F64:
        return std::bit_cast<U64>(static_cast<double>(value));
    default: {
        const float result = static_cast<float>(value);
        return std::bit_cast<U32>(code.flush ? flush(result) : result);
    }
    }
}

long double toIntegral(long double value, Rounding rounding)
{
    switch (rounding) {
    case Rounding::Zero:
        return std::trunc(value);
    case Rounding::Down:
        return std::floor(value);
    case Rounding::Up:
        return std::ceil(value);
    default:
        return std::nearbyint(value);
    }
}

U64 convertOne(const std::byte* from, const ConversionCode& code)
{
    long double value = readLane(from, code.from);
    if (code.flush && code.from == PtxType::F32)
        value = flush(static_cast<float>(value));
    if (code.integral)
        value = toIntegral(value, code.rounding);
    if (code.saturate && isFloating(code.to))
        value = value > 0 ? std::min(value, 1.0L) : 0.0L;
    if (code.relu && !(value > 0) && !std::isnan(value))
        value = 0;
    return writeBits(value, code);
}

int hostRounding(const ConversionCode& code)
{
    if (code.integral)
        return FE_TONEAREST;
    return code.rounding == Rounding::Zero ? FE_TOWARDZERO
        : code.rounding == Rounding::Down  ? FE_DOWNWARD
        : code.rounding == Rounding::Up    ? FE_UPWARD
                                           : FE_TONEAREST;
}

template <typename D, typename A>
void convert(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const ConversionCode code = ConversionCode::unpack(in.immediate);
    const std::byte* a = warp.lanes<std::byte>(in.operand[1]);
    D* d = warp.lanes<D>(in.operand[0]);
    std::fesetround(hostRounding(code));
    forLanes(mask, [&](U32 i) { d[i] = static_cast<D>(convertOne(a + i * sizeof(A), code)); });
    std::fesetround(FE_TONEAREST);
}

/// cvt.rn.f16x2.f32 d, a, b: a becomes the upper half.
void convertPair(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const ConversionCode code = ConversionCode::unpack(in.immediate);
    const std::byte* high = warp.lanes<std::byte>(in.operand[1]);
    const std::byte* low = warp.lanes<std::byte>(in.operand[2]);
    U32* d = warp.lanes<U32>(in.operand[0]);
    forLanes(mask, [&](U32 i) {
        d[i] = static_cast<U32>(convertOne(low + 4 * i, code) & 0xffff)
            | static_cast<U32>(convertOne(high + 4 * i, code) << 16);
    });
}

/// The same to a pair of bytes.
void convertEighths(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const ConversionCode code = ConversionCode::unpack(in.immediate);
    const std::byte* high = warp.lanes<std::byte>(in.operand[1]);
    const std::byte* low = warp.lanes<std::byte>(in.operand[2]);
    U16* d = warp.lanes<U16>(in.operand[0]);
    forLanes(mask, [&](U32 i) {
        d[i] = static_cast<U16>(convertOne(low + 4 * i, code) | convertOne(high + 4 * i, code) << 8);
    });
}

/// A pair to a pair, element by element.
template <typename D, typename A>
void convertPairs(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const ConversionCode code = ConversionCode::unpack(in.immediate);
    const std::byte* a = warp.lanes<std::byte>(in.operand[1]);
    D* d = warp.lanes<D>(in.operand[0]);
    forLanes(mask, [&](U32 i) {
        const std::byte* from = a + i * sizeof(A);
        d[i] = static_cast<D>(convertOne(from, code) | convertOne(from + sizeof(A) / 2, code) << (4 * sizeof(D)));
    });
}

template <typename D, typename A>
constexpr auto kCast = [](A a) { return static_cast<D>(a); };
template <typename D, typename S, typename A>
constexpr auto kNarrowCast = [](A a) { return static_cast<D>(static_cast<S>(a)); };
constexpr auto kTruncate = [](float a) {
    const float bounded = a >= 2147483648.0f ? 0.0f : a <= -2147483648.0f ? 0.0f : a;
    const I32 result = bounded == bounded ? static_cast<I32>(bounded) : 0;
    return a >= 2147483648.0f ? std::numeric_limits<I32>::max()
        : a <= -2147483648.0f ? std::numeric_limits<I32>::min()
                              : result;
};
constexpr auto kFloor = [](float a) { return settled(std::floor(a)); };
constexpr auto kCeil = [](float a) { return settled(std::ceil(a)); };
constexpr auto kTrunc = [](float a) { return settled(std::trunc(a)); };
constexpr auto kSaturate = [](float a) { return saturate(a); };
constexpr auto kFromHalf = [](Half a) { return toFloat(a); };
constexpr auto kFromBrain = [](Brain a) { return toFloat(a); };
constexpr auto kToHalf = [](float a) { return nearestHalf(a); };
constexpr auto kToBrain = [](float a) { return nearestBrain(a); };

// clang-format off
#define WARPLOOM_CAST(NAME, SIG, D, A) OpcodeRow {"cvt." NAME, SIG, &unary<D, A, kCast<D, A>>, Pipe::Integer}
#define WARPLOOM_NARROW(NAME, SIG, D, S, A) OpcodeRow {"cvt." NAME, SIG, &unary<D, A, kNarrowCast<D, S, A>>, Pipe::Integer}
#define WARPLOOM_GENERIC(SIG, D, A) OpcodeRow {"convert." SIG, SIG, &convert<D, A>, Pipe::Special, 1}

constexpr std::array kRows {
    WARPLOOM_GENERIC("H=H", U16, U16), WARPLOOM_GENERIC("H=W", U16, U32), WARPLOOM_GENERIC("H=L", U16, U64),
    WARPLOOM_GENERIC("W=H", U32, U16), WARPLOOM_GENERIC("W=W", U32, U32), WARPLOOM_GENERIC("W=L", U32, U64),
    WARPLOOM_GENERIC("L=H", U64, U16), WARPLOOM_GENERIC("L=W", U64, U32), WARPLOOM_GENERIC("L=L", U64, U64),
    OpcodeRow {"convert.W=WW", "W=WW", &convertPair, Pipe::Special, 1},
    OpcodeRow {"convert.H=WW", "H=WW", &convertEighths, Pipe::Special, 1},
    OpcodeRow {"convert.pairs.H=W", "H=W", &convertPairs<U16, U32>, Pipe::Special, 1},
    OpcodeRow {"convert.pairs.W=H", "W=H", &convertPairs<U32, U16>, Pipe::Special, 1},
    WARPLOOM_CAST("u64.u32", "L=W", U64, U32), WARPLOOM_CAST("s64.s32", "L=W", I64, I32), WARPLOOM_CAST("u32.u64", "W=L", U32, U64),
    WARPLOOM_CAST("s64.u32", "L=W", U64, U32), WARPLOOM_CAST("u32.s64", "W=L", U32, U64), WARPLOOM_CAST("s32.s64", "W=L", U32, U64),
    WARPLOOM_CAST("u32.u16", "W=H", U32, U16), WARPLOOM_CAST("s32.s16", "W=H", I32, I16), WARPLOOM_CAST("u16.u32", "H=W", U16, U32),
    WARPLOOM_CAST("u64.u16", "L=H", U64, U16), WARPLOOM_CAST("s64.s16", "L=H", I64, I16),
    WARPLOOM_NARROW("u32.u8", "W=H", U32, U8, U16), WARPLOOM_NARROW("s32.s8", "W=H", I32, I8, U16),
    WARPLOOM_NARROW("u16.u8", "H=H", U16, U8, U16), WARPLOOM_NARROW("s16.s8", "H=H", I16, I8, U16),
    WARPLOOM_CAST("rn.f32.s32", "W=W", float, I32), WARPLOOM_CAST("rn.f32.u32", "W=W", float, U32),
    WARPLOOM_CAST("rn.f64.s32", "L=W", double, I32), WARPLOOM_CAST("rn.f64.u32", "L=W", double, U32),
    WARPLOOM_CAST("f64.f32", "L=W", double, float), WARPLOOM_CAST("rn.f32.f64", "W=L", float, double),
    OpcodeRow {"cvt.rzi.s32.f32", "W=W", &unary<I32, float, kTruncate>},
    OpcodeRow {"cvt.rmi.f32.f32", "W=W", &unary<float, float, kFloor>},
    OpcodeRow {"cvt.rpi.f32.f32", "W=W", &unary<float, float, kCeil>},
    OpcodeRow {"cvt.rzi.f32.f32", "W=W", &unary<float, float, kTrunc>},
    OpcodeRow {"cvt.sat.f32.f32", "W=W", &unary<float, float, kSaturate>},
    OpcodeRow {"cvt.f32.f16", "W=H", &unary<float, Half, kFromHalf>},
    OpcodeRow {"cvt.f32.bf16", "W=H", &unary<float, Brain, kFromBrain>},
    OpcodeRow {"cvt.rn.f16.f32", "H=W", &unary<Half, float, kToHalf>},
    OpcodeRow {"cvt.rn.bf16.f32", "H=W", &unary<Brain, float, kToBrain>},
};
// clang-format on

}  // namespace

std::span<const OpcodeRow> convertRows() { return kRows; }

}  // namespace warploom::emulator::WARPLOOM_ISA
