// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>

#include "device/emulator/CanonicalNan.h"

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

// What .ftz and .sat do around an operation; both only exist for float.
enum class Mode { Plain, Flush, Saturate, FlushSaturate };

template <Mode MODE, typename T>
T before(T x)
{
    if constexpr (MODE == Mode::Flush || MODE == Mode::FlushSaturate)
        return flush(x);
    else
        return x;
}

template <Mode MODE, typename T>
T after(T x)
{
    if constexpr (MODE == Mode::Flush)
        return flush(x);
    else if constexpr (MODE == Mode::Saturate || MODE == Mode::FlushSaturate)
        return saturate(before<MODE>(x));
    else
        return x;
}

template <typename T, Mode MODE, auto F>
constexpr auto kOne = [](T a) { return after<MODE>(static_cast<T>(F(before<MODE>(a)))); };
template <typename T, Mode MODE, auto F>
constexpr auto kTwo = [](T a, T b) { return after<MODE>(static_cast<T>(F(before<MODE>(a), before<MODE>(b)))); };
template <typename T, Mode MODE, auto F>
constexpr auto kThree =
    [](T a, T b, T c) { return after<MODE>(static_cast<T>(F(before<MODE>(a), before<MODE>(b), before<MODE>(c)))); };

constexpr auto kAdd = [](auto a, auto b) { return settled(a + b); };
constexpr auto kSub = [](auto a, auto b) { return settled(a - b); };
constexpr auto kMul = [](auto a, auto b) { return settled(a * b); };
constexpr auto kDiv = [](auto a, auto b) { return settled(a / b); };
constexpr auto kFma = [](auto a, auto b, auto c) { return settled(std::fma(a, b, c)); };
constexpr auto kAbs = [](auto a) { return std::fabs(a); };
constexpr auto kNeg = [](auto a) { return -a; };
constexpr auto kSqrt = [](auto a) { return settled(std::sqrt(a)); };
constexpr auto kReciprocal = [](auto a) { return settled(decltype(a)(1) / a); };
constexpr auto kReciprocalSqrt = [](auto a) {
    return static_cast<decltype(a)>(1.0 / std::sqrt(static_cast<double>(a)));
};
constexpr auto kExp2 = [](float a) { return std::exp2(a); };
constexpr auto kLog2 = [](float a) { return std::log2(a); };
constexpr auto kSin = [](float a) { return static_cast<float>(std::sin(static_cast<double>(a))); };
constexpr auto kCos = [](float a) { return static_cast<float>(std::cos(static_cast<double>(a))); };
constexpr auto kTanh = [](float a) { return static_cast<float>(std::tanh(static_cast<double>(a))); };

template <typename T>
constexpr bool isNegative(T x)
{
    if constexpr (sizeof(T) == 4)
        return (std::bit_cast<U32>(x) >> 31) != 0;
    else
        return (std::bit_cast<U64>(x) >> 63) != 0;
}

// The number wins against NaN; −0 is less than +0.
constexpr auto kMin = [](auto a, auto b) {
    const auto smaller = a < b || (a == b && isNegative(a)) ? a : b;
    return b != b ? a : (a != a ? b : smaller);
};
constexpr auto kMax = [](auto a, auto b) {
    const auto larger = a > b || (a == b && !isNegative(a)) ? a : b;
    return b != b ? a : (a != a ? b : larger);
};
constexpr auto kMinNan = [](auto a, auto b) { return a != a || b != b ? kCanonicalNan : kMin(a, b); };
constexpr auto kMaxNan = [](auto a, auto b) { return a != a || b != b ? kCanonicalNan : kMax(a, b); };
/// PTX: the sign of the first operand, the magnitude of the second.
constexpr auto kCopySign = [](auto a, auto b) { return std::copysign(b, a); };

// clang-format off
#define WARPLOOM_ROW1(T, R, NAME, MODE, F, PIPE, SLOTS, F32, F64) \
    OpcodeRow {NAME, R "=" R, &unary<T, T, kOne<T, Mode::MODE, F>>, PIPE, SLOTS, F32, F64, \
               &unaryWatched<T, kOne<T, Mode::MODE, F>>}
#define WARPLOOM_ROW2(T, R, NAME, MODE, F, PIPE, SLOTS, F32, F64) \
    OpcodeRow {NAME, R "=" R R, &binary<T, T, T, kTwo<T, Mode::MODE, F>>, PIPE, SLOTS, F32, F64, \
               &binaryWatched<T, kTwo<T, Mode::MODE, F>>}
#define WARPLOOM_ROW3(T, R, NAME, MODE, F, PIPE, SLOTS, F32, F64) \
    OpcodeRow {NAME, R "=" R R R, &ternary<T, T, T, T, kThree<T, Mode::MODE, F>>, PIPE, SLOTS, F32, F64, \
               &ternaryWatched<T, kThree<T, Mode::MODE, F>>}

// MIDDLE is what stands between opcode and type: "", "ftz.", "sat.", "ftz.sat.".
#define WARPLOOM_BASIC32(MIDDLE, MODE)                                                       \
    WARPLOOM_ROW2(float, "W", "add." MIDDLE "f32", MODE, kAdd, Pipe::Single, 1, 1, 0),      \
    WARPLOOM_ROW2(float, "W", "sub." MIDDLE "f32", MODE, kSub, Pipe::Single, 1, 1, 0),      \
    WARPLOOM_ROW2(float, "W", "mul." MIDDLE "f32", MODE, kMul, Pipe::Single, 1, 1, 0),      \
    WARPLOOM_ROW3(float, "W", "fma." MIDDLE "f32", MODE, kFma, Pipe::Single, 1, 2, 0),      \
    WARPLOOM_ROW3(float, "W", "mad." MIDDLE "f32", MODE, kFma, Pipe::Single, 1, 2, 0)

#define WARPLOOM_MORE32(MIDDLE, MODE)                                                                         \
    WARPLOOM_ROW2(float, "W", "div." MIDDLE "f32", MODE, kDiv, Pipe::Single, 10, 1, 0),                       \
    WARPLOOM_ROW2(float, "W", "div.full." MIDDLE "f32", MODE, kDiv, Pipe::Single, 6, 1, 0),                   \
    WARPLOOM_ROW2(float, "W", "div.approx." MIDDLE "f32", MODE, kDiv, Pipe::Special, 2, 1, 0),                \
    WARPLOOM_ROW1(float, "W", "rcp." MIDDLE "f32", MODE, kReciprocal, Pipe::Single, 8, 1, 0),                 \
    WARPLOOM_ROW1(float, "W", "rcp.approx." MIDDLE "f32", MODE, kReciprocal, Pipe::Special, 1, 1, 0),         \
    WARPLOOM_ROW1(float, "W", "sqrt." MIDDLE "f32", MODE, kSqrt, Pipe::Single, 8, 1, 0),                      \
    WARPLOOM_ROW1(float, "W", "sqrt.approx." MIDDLE "f32", MODE, kSqrt, Pipe::Special, 2, 1, 0),              \
    WARPLOOM_ROW1(float, "W", "rsqrt.approx." MIDDLE "f32", MODE, kReciprocalSqrt, Pipe::Special, 1, 1, 0),   \
    WARPLOOM_ROW1(float, "W", "ex2.approx." MIDDLE "f32", MODE, kExp2, Pipe::Special, 1, 1, 0),               \
    WARPLOOM_ROW1(float, "W", "lg2.approx." MIDDLE "f32", MODE, kLog2, Pipe::Special, 1, 1, 0),               \
    WARPLOOM_ROW1(float, "W", "sin.approx." MIDDLE "f32", MODE, kSin, Pipe::Special, 2, 1, 0),                \
    WARPLOOM_ROW1(float, "W", "cos.approx." MIDDLE "f32", MODE, kCos, Pipe::Special, 2, 1, 0),                \
    WARPLOOM_ROW1(float, "W", "abs." MIDDLE "f32", MODE, kAbs, Pipe::Single, 0, 0, 0),                        \
    WARPLOOM_ROW1(float, "W", "neg." MIDDLE "f32", MODE, kNeg, Pipe::Single, 0, 0, 0),                        \
    WARPLOOM_ROW2(float, "W", "min." MIDDLE "f32", MODE, kMin, Pipe::Integer, 1, 0, 0),                       \
    WARPLOOM_ROW2(float, "W", "max." MIDDLE "f32", MODE, kMax, Pipe::Integer, 1, 0, 0),                       \
    WARPLOOM_ROW2(float, "W", "min." MIDDLE "NaN.f32", MODE, kMinNan, Pipe::Integer, 1, 0, 0),                \
    WARPLOOM_ROW2(float, "W", "max." MIDDLE "NaN.f32", MODE, kMaxNan, Pipe::Integer, 1, 0, 0)

constexpr std::array kRows {
    WARPLOOM_BASIC32("", Plain), WARPLOOM_BASIC32("ftz.", Flush),
    WARPLOOM_BASIC32("sat.", Saturate), WARPLOOM_BASIC32("ftz.sat.", FlushSaturate),
    WARPLOOM_MORE32("", Plain), WARPLOOM_MORE32("ftz.", Flush),
    WARPLOOM_ROW1(float, "W", "tanh.approx.f32", Plain, kTanh, Pipe::Special, 1, 1, 0),
    WARPLOOM_ROW2(float, "W", "copysign.f32", Plain, kCopySign, Pipe::Integer, 1, 0, 0),
    WARPLOOM_ROW2(double, "L", "add.f64", Plain, kAdd, Pipe::Double, 1, 0, 1),
    WARPLOOM_ROW2(double, "L", "sub.f64", Plain, kSub, Pipe::Double, 1, 0, 1),
    WARPLOOM_ROW2(double, "L", "mul.f64", Plain, kMul, Pipe::Double, 1, 0, 1),
    WARPLOOM_ROW3(double, "L", "fma.f64", Plain, kFma, Pipe::Double, 1, 0, 2),
    WARPLOOM_ROW3(double, "L", "mad.f64", Plain, kFma, Pipe::Double, 1, 0, 2),
    WARPLOOM_ROW2(double, "L", "div.f64", Plain, kDiv, Pipe::Double, 12, 0, 1),
    WARPLOOM_ROW1(double, "L", "rcp.f64", Plain, kReciprocal, Pipe::Double, 9, 0, 1),
    WARPLOOM_ROW1(double, "L", "rcp.approx.ftz.f64", Plain, kReciprocal, Pipe::Special, 1, 0, 1),
    WARPLOOM_ROW1(double, "L", "sqrt.f64", Plain, kSqrt, Pipe::Double, 10, 0, 1),
    WARPLOOM_ROW1(double, "L", "rsqrt.approx.f64", Plain, kReciprocalSqrt, Pipe::Special, 2, 0, 1),
    WARPLOOM_ROW1(double, "L", "rsqrt.approx.ftz.f64", Plain, kReciprocalSqrt, Pipe::Special, 2, 0, 1),
    WARPLOOM_ROW1(double, "L", "abs.f64", Plain, kAbs, Pipe::Double, 0, 0, 0),
    WARPLOOM_ROW1(double, "L", "neg.f64", Plain, kNeg, Pipe::Double, 0, 0, 0),
    WARPLOOM_ROW2(double, "L", "min.f64", Plain, kMin, Pipe::Double, 1, 0, 0),
    WARPLOOM_ROW2(double, "L", "max.f64", Plain, kMax, Pipe::Double, 1, 0, 0),
    WARPLOOM_ROW2(double, "L", "copysign.f64", Plain, kCopySign, Pipe::Integer, 2, 0, 0),
};
// clang-format on

}  // namespace

std::span<const OpcodeRow> floatRows() { return kRows; }

}  // namespace warploom::emulator::WARPLOOM_ISA
