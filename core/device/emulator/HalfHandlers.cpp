// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>

#include "device/emulator/HalfFloat.h"
#include "device/emulator/HandlerSupport.h"

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

enum class Mode { Plain, Flush, Saturate, FlushSaturate, Relu, FlushRelu };

constexpr bool flushes(Mode mode)
{
    return mode == Mode::Flush || mode == Mode::FlushSaturate || mode == Mode::FlushRelu;
}

inline Half narrow(Half, double value) { return nearestHalf(oddFloat(value)); }
inline Brain narrow(Brain, double value) { return nearestBrain(oddFloat(value)); }

template <typename H>
H flushSmall(H x)
{
    constexpr U16 kExponent = std::is_same_v<H, Half> ? 0x7c00 : 0x7f80;
    return (x.bits & kExponent) == 0 ? H{static_cast<U16>(x.bits & 0x8000u)} : x;
}

template <typename H, Mode MODE>
float input(H x)
{
    return toFloat(flushes(MODE) ? flushSmall(x) : x);
}

template <typename H, Mode MODE>
H output(double value)
{
    if (MODE == Mode::Saturate || MODE == Mode::FlushSaturate)
        value = saturate(value);
    if ((MODE == Mode::Relu || MODE == Mode::FlushRelu) && !(value != value))
        value = value > 0 ? value : 0.0;
    const H result = narrow(H{}, value);
    return flushes(MODE) ? flushSmall(result) : result;
}

constexpr auto kAdd = [](float a, float b) { return static_cast<double>(a) + b; };
constexpr auto kSub = [](float a, float b) { return static_cast<double>(a) - b; };
constexpr auto kMul = [](float a, float b) { return static_cast<double>(a) * b; };
constexpr auto kFma = [](float a, float b, float c) { return oddFma(a, b, c); };
constexpr auto kMin = [](float a, float b) {
    return static_cast<double>(b != b ? a : a != a ? b : a < b || (a == b && std::signbit(a)) ? a : b);
};
constexpr auto kMax = [](float a, float b) {
    return static_cast<double>(b != b ? a : a != a ? b : a > b || (a == b && !std::signbit(a)) ? a : b);
};
constexpr auto kMinNan = [](float a, float b) { return a != a || b != b ? std::nan("") : kMin(a, b); };
constexpr auto kMaxNan = [](float a, float b) { return a != a || b != b ? std::nan("") : kMax(a, b); };
constexpr auto kExp2 = [](float a) { return std::exp2(static_cast<double>(a)); };
constexpr auto kTanh = [](float a) { return std::tanh(static_cast<double>(a)); };

// Packed types are twice as many elements; element e belongs to lane e / PER_LANE.
template <typename H, unsigned PER_LANE, typename Element>
void assignElements(H* destination, std::uint32_t mask, Element element)
{
    for (U32 e = 0; e < kLanes * PER_LANE; ++e) {
        const H result = element(e);
        destination[e] = hasLane(mask, e / PER_LANE) ? result : destination[e];
    }
}

template <typename H, unsigned N, Mode MODE, auto F>
void half1(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const H* a = warp.lanes<H>(in.operand[1]);
    assignElements<H, N>(warp.lanes<H>(in.operand[0]), mask,
                         [=](U32 e) { return output<H, MODE>(F(input<H, MODE>(a[e]))); });
}

template <typename H, unsigned N, Mode MODE, auto F>
void half2(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const H* a = warp.lanes<H>(in.operand[1]);
    const H* b = warp.lanes<H>(in.operand[2]);
    assignElements<H, N>(warp.lanes<H>(in.operand[0]), mask,
                         [=](U32 e) { return output<H, MODE>(F(input<H, MODE>(a[e]), input<H, MODE>(b[e]))); });
}

template <typename H, unsigned N, Mode MODE, auto F>
void half3(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const H* a = warp.lanes<H>(in.operand[1]);
    const H* b = warp.lanes<H>(in.operand[2]);
    const H* c = warp.lanes<H>(in.operand[3]);
    assignElements<H, N>(warp.lanes<H>(in.operand[0]), mask, [=](U32 e) {
        return output<H, MODE>(F(input<H, MODE>(a[e]), input<H, MODE>(b[e]), input<H, MODE>(c[e])));
    });
}

template <typename H, unsigned N, U16 AND, U16 XOR>
void signBits(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const H* a = warp.lanes<H>(in.operand[1]);
    assignElements<H, N>(warp.lanes<H>(in.operand[0]), mask,
                         [=](U32 e) { return H{static_cast<U16>((a[e].bits & AND) ^ XOR)}; });
}

// clang-format off
#define WARPLOOM_HALF_ARITHMETIC(H, N, R, TYPE, MIDDLE, MODE)                                                     \
    OpcodeRow {"add." MIDDLE TYPE, R "=" R R, &half2<H, N, Mode::MODE, kAdd>, Pipe::Half, 1, N},                   \
    OpcodeRow {"sub." MIDDLE TYPE, R "=" R R, &half2<H, N, Mode::MODE, kSub>, Pipe::Half, 1, N},                   \
    OpcodeRow {"mul." MIDDLE TYPE, R "=" R R, &half2<H, N, Mode::MODE, kMul>, Pipe::Half, 1, N},                   \
    OpcodeRow {"fma." MIDDLE TYPE, R "=" R R R, &half3<H, N, Mode::MODE, kFma>, Pipe::Half, 1, 2 * N}

#define WARPLOOM_HALF_ORDER(H, N, R, TYPE, MIDDLE, MODE)                                                          \
    OpcodeRow {"min." MIDDLE TYPE, R "=" R R, &half2<H, N, Mode::MODE, kMin>, Pipe::Half},                         \
    OpcodeRow {"max." MIDDLE TYPE, R "=" R R, &half2<H, N, Mode::MODE, kMax>, Pipe::Half},                         \
    OpcodeRow {"min." MIDDLE "NaN." TYPE, R "=" R R, &half2<H, N, Mode::MODE, kMinNan>, Pipe::Half},               \
    OpcodeRow {"max." MIDDLE "NaN." TYPE, R "=" R R, &half2<H, N, Mode::MODE, kMaxNan>, Pipe::Half}

#define WARPLOOM_HALF_REST(H, N, R, TYPE, EX2)                                                                    \
    OpcodeRow {"fma.relu." TYPE, R "=" R R R, &half3<H, N, Mode::Relu, kFma>, Pipe::Half, 1, 2 * N},               \
    OpcodeRow {"neg." TYPE, R "=" R, &signBits<H, N, 0xffff, 0x8000>, Pipe::Half},                                 \
    OpcodeRow {"abs." TYPE, R "=" R, &signBits<H, N, 0x7fff, 0>, Pipe::Half},                                      \
    OpcodeRow {"neg.ftz." TYPE, R "=" R, &signBits<H, N, 0xffff, 0x8000>, Pipe::Half},                             \
    OpcodeRow {"abs.ftz." TYPE, R "=" R, &signBits<H, N, 0x7fff, 0>, Pipe::Half},                                  \
    OpcodeRow {"ex2.approx." EX2 TYPE, R "=" R, &half1<H, N, Mode::Plain, kExp2>, Pipe::Special, N, N},            \
    OpcodeRow {"tanh.approx." TYPE, R "=" R, &half1<H, N, Mode::Plain, kTanh>, Pipe::Special, N, N},               \
    WARPLOOM_HALF_ARITHMETIC(H, N, R, TYPE, "", Plain), WARPLOOM_HALF_ORDER(H, N, R, TYPE, "", Plain)

#define WARPLOOM_IEEE_HALF(N, R, TYPE)                                                                            \
    WARPLOOM_HALF_REST(Half, N, R, TYPE, ""),                                                                     \
    OpcodeRow {"fma.ftz.relu." TYPE, R "=" R R R, &half3<Half, N, Mode::FlushRelu, kFma>, Pipe::Half, 1, 2 * N},   \
    WARPLOOM_HALF_ARITHMETIC(Half, N, R, TYPE, "ftz.", Flush), WARPLOOM_HALF_ARITHMETIC(Half, N, R, TYPE, "sat.", Saturate), \
    WARPLOOM_HALF_ARITHMETIC(Half, N, R, TYPE, "ftz.sat.", FlushSaturate), WARPLOOM_HALF_ORDER(Half, N, R, TYPE, "ftz.", Flush)

constexpr std::array kRows {
    WARPLOOM_IEEE_HALF(1, "H", "f16"), WARPLOOM_IEEE_HALF(2, "W", "f16x2"),
    WARPLOOM_HALF_REST(Brain, 1, "H", "bf16", "ftz."), WARPLOOM_HALF_REST(Brain, 2, "W", "bf16x2", "ftz."),
};
// clang-format on

}  // namespace

std::span<const OpcodeRow> halfRows() { return kRows; }

}  // namespace warploom::emulator::WARPLOOM_ISA
