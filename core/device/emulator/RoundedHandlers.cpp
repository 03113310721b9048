// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Operations that round in a direction. Compiled with -frounding-math.
#include <array>
#include <cfenv>

#include "device/emulator/CanonicalNan.h"

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

/// Sets the host's rounding direction for a scope.
class DirectedRounding {
public:
    explicit DirectedRounding(int direction) { std::fesetround(direction); }
    ~DirectedRounding() { std::fesetround(FE_TONEAREST); }
    DirectedRounding(const DirectedRounding&) = delete;
    DirectedRounding& operator=(const DirectedRounding&) = delete;
};

enum class Operation { Add, Sub, Mul, Fma, Div, Reciprocal, Sqrt };

template <bool FTZ, typename T>
T flushed(T x)
{
    if constexpr (FTZ)
        return flush(x);
    else
        return x;
}

template <typename T, Operation OP>
T evaluate(T a, T b, T c)
{
    switch (OP) {
    case Operation::Add:
        return a + b;
    case Operation::Sub:
        return a - b;
    case Operation::Mul:
        return a * b;
    case Operation::Fma:
        return std::fma(a, b, c);
    case Operation::Div:
        return a / b;
    case Operation::Reciprocal:
        return T(1) / a;
    case Operation::Sqrt:
        return std::sqrt(a);
    }
    return a;
}

template <typename T, Operation OP, int DIRECTION, bool FTZ>
void rounded(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    constexpr bool kUnary = OP == Operation::Reciprocal || OP == Operation::Sqrt;
    const T* a = warp.lanes<T>(in.operand[1]);
    const T* b = kUnary ? a : warp.lanes<T>(in.operand[2]);
    const T* c = OP == Operation::Fma ? warp.lanes<T>(in.operand[3]) : a;
    const DirectedRounding direction(DIRECTION);
    assignLanes(warp.lanes<T>(in.operand[0]), mask, [=](U32 i) {
        return settled(flushed<FTZ>(evaluate<T, OP>(flushed<FTZ>(a[i]), flushed<FTZ>(b[i]), flushed<FTZ>(c[i]))));
    });
}

// clang-format off
#define WARPLOOM_ROUNDED(T, R, PIPE, RND, FE, TYPE, FTZ, F32, F64)                                                 \
    OpcodeRow {"add." RND "." TYPE, R "=" R R, &rounded<T, Operation::Add, FE, FTZ>, PIPE, 1, F32, F64},         \
    OpcodeRow {"sub." RND "." TYPE, R "=" R R, &rounded<T, Operation::Sub, FE, FTZ>, PIPE, 1, F32, F64},         \
    OpcodeRow {"mul." RND "." TYPE, R "=" R R, &rounded<T, Operation::Mul, FE, FTZ>, PIPE, 1, F32, F64},         \
    OpcodeRow {"fma." RND "." TYPE, R "=" R R R, &rounded<T, Operation::Fma, FE, FTZ>, PIPE, 1, 2 * F32, 2 * F64},\
    OpcodeRow {"mad." RND "." TYPE, R "=" R R R, &rounded<T, Operation::Fma, FE, FTZ>, PIPE, 1, 2 * F32, 2 * F64},\
    OpcodeRow {"div." RND "." TYPE, R "=" R R, &rounded<T, Operation::Div, FE, FTZ>, PIPE, 10, F32, F64},        \
    OpcodeRow {"rcp." RND "." TYPE, R "=" R, &rounded<T, Operation::Reciprocal, FE, FTZ>, PIPE, 8, F32, F64},    \
    OpcodeRow {"sqrt." RND "." TYPE, R "=" R, &rounded<T, Operation::Sqrt, FE, FTZ>, PIPE, 8, F32, F64}

#define WARPLOOM_DIRECTION(RND, FE)                                                                               \
    WARPLOOM_ROUNDED(float, "W", Pipe::Single, RND, FE, "f32", false, 1, 0),                                      \
    WARPLOOM_ROUNDED(float, "W", Pipe::Single, RND, FE, "ftz.f32", true, 1, 0),                                   \
    WARPLOOM_ROUNDED(double, "L", Pipe::Double, RND, FE, "f64", false, 0, 1)

constexpr std::array kRows {
    WARPLOOM_DIRECTION("rz", FE_TOWARDZERO), WARPLOOM_DIRECTION("rm", FE_DOWNWARD), WARPLOOM_DIRECTION("rp", FE_UPWARD),
};
// clang-format on

}  // namespace

std::span<const OpcodeRow> roundedRows() { return kRows; }

}  // namespace warploom::emulator::WARPLOOM_ISA
