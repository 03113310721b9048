// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>

#include "device/emulator/HalfFloat.h"
#include "device/emulator/HandlerSupport.h"

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

constexpr auto kEq = [](auto a, auto b) { return a == b; };
constexpr auto kNe = [](auto a, auto b) { return a != b; };
constexpr auto kLt = [](auto a, auto b) { return a < b; };
constexpr auto kLe = [](auto a, auto b) { return a <= b; };
constexpr auto kGt = [](auto a, auto b) { return a > b; };
constexpr auto kGe = [](auto a, auto b) { return a >= b; };
constexpr auto kUnordered = [](auto a, auto b) { return a != a || b != b; };
constexpr auto kOrdered = [](auto a, auto b) { return a == a && b == b; };
constexpr auto kOrderedNe = [](auto a, auto b) { return a < b || a > b; };
constexpr auto kEqu = [](auto a, auto b) { return !(a < b || a > b); };
constexpr auto kLtu = [](auto a, auto b) { return !(a >= b); };
constexpr auto kLeu = [](auto a, auto b) { return !(a > b); };
constexpr auto kGtu = [](auto a, auto b) { return !(a <= b); };
constexpr auto kGeu = [](auto a, auto b) { return !(a < b); };

template <typename T>
T loaded(T value)
{
    return value;
}
float loaded(Half value) { return toFloat(value); }
float loaded(Brain value) { return toFloat(value); }

template <typename T, auto F, bool FTZ = false>
void compare(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const T* a = warp.lanes<T>(in.operand[1]);
    const T* b = warp.lanes<T>(in.operand[2]);
    setPredicate(warp, in.operand[0], mask, testLanes([=](U32 i) {
                     if constexpr (FTZ)
                         return F(flush(a[i]), flush(b[i]));
                     else
                         return F(loaded(a[i]), loaded(b[i]));
                 }));
}

template <typename T, auto F>
void comparePair(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const T* a = warp.lanes<T>(in.operand[2]);
    const T* b = warp.lanes<T>(in.operand[3]);
    setPredicate(warp, in.operand[0], mask, testLanes([=](U32 i) { return F(loaded(a[2 * i]), loaded(b[2 * i])); }));
    setPredicate(warp, in.operand[1], mask,
                 testLanes([=](U32 i) { return F(loaded(a[2 * i + 1]), loaded(b[2 * i + 1])); }));
}

enum class Class { Finite, Infinite, Number, NotANumber, Normal, Subnormal };

template <typename T, Class CLASS>
void testClass(Warp& warp, const Instruction& in, std::uint32_t mask)
{
    const T* a = warp.lanes<T>(in.operand[1]);
    setPredicate(warp, in.operand[0], mask, testLanes([=](U32 i) {
                     switch (CLASS) {
                     case Class::Finite:
                         return bool{std::isfinite(a[i])};
                     case Class::Infinite:
                         return bool{std::isinf(a[i])};
                     case Class::Number:
                         return !std::isnan(a[i]);
                     case Class::NotANumber:
                         return bool{std::isnan(a[i])};
                     case Class::Normal:
                         return bool{std::isnormal(a[i])};
                     case Class::Subnormal:
                         return std::fpclassify(a[i]) == FP_SUBNORMAL;
                     }
                     return false;
                 }));
}

// clang-format off
#define WARPLOOM_ORDER(T, NAME, R)                                                                                \
    OpcodeRow {"setp.eq." NAME, "P=" R R, &compare<T, kEq>}, OpcodeRow {"setp.ne." NAME, "P=" R R, &compare<T, kNe>}, \
    OpcodeRow {"setp.lt." NAME, "P=" R R, &compare<T, kLt>}, OpcodeRow {"setp.le." NAME, "P=" R R, &compare<T, kLe>}, \
    OpcodeRow {"setp.gt." NAME, "P=" R R, &compare<T, kGt>}, OpcodeRow {"setp.ge." NAME, "P=" R R, &compare<T, kGe>}

#define WARPLOOM_UNSIGNED_ORDER(T, NAME, R)                                                                       \
    OpcodeRow {"setp.lo." NAME, "P=" R R, &compare<T, kLt>}, OpcodeRow {"setp.ls." NAME, "P=" R R, &compare<T, kLe>}, \
    OpcodeRow {"setp.hi." NAME, "P=" R R, &compare<T, kGt>}, OpcodeRow {"setp.hs." NAME, "P=" R R, &compare<T, kGe>}

#define WARPLOOM_BITS_ORDER(T, NAME, R)                                                                           \
    OpcodeRow {"setp.eq." NAME, "P=" R R, &compare<T, kEq>}, OpcodeRow {"setp.ne." NAME, "P=" R R, &compare<T, kNe>}

#define WARPLOOM_FLOATS(T, NAME, SIG, HANDLER, ...)                                                               \
    OpcodeRow {"setp.eq." NAME, SIG, &HANDLER<T, kEq __VA_ARGS__>}, OpcodeRow {"setp.ne." NAME, SIG, &HANDLER<T, kOrderedNe __VA_ARGS__>}, \
    OpcodeRow {"setp.lt." NAME, SIG, &HANDLER<T, kLt __VA_ARGS__>}, OpcodeRow {"setp.le." NAME, SIG, &HANDLER<T, kLe __VA_ARGS__>}, \
    OpcodeRow {"setp.gt." NAME, SIG, &HANDLER<T, kGt __VA_ARGS__>}, OpcodeRow {"setp.ge." NAME, SIG, &HANDLER<T, kGe __VA_ARGS__>}, \
    OpcodeRow {"setp.equ." NAME, SIG, &HANDLER<T, kEqu __VA_ARGS__>}, OpcodeRow {"setp.neu." NAME, SIG, &HANDLER<T, kNe __VA_ARGS__>}, \
    OpcodeRow {"setp.ltu." NAME, SIG, &HANDLER<T, kLtu __VA_ARGS__>}, OpcodeRow {"setp.leu." NAME, SIG, &HANDLER<T, kLeu __VA_ARGS__>}, \
    OpcodeRow {"setp.gtu." NAME, SIG, &HANDLER<T, kGtu __VA_ARGS__>}, OpcodeRow {"setp.geu." NAME, SIG, &HANDLER<T, kGeu __VA_ARGS__>}, \
    OpcodeRow {"setp.num." NAME, SIG, &HANDLER<T, kOrdered __VA_ARGS__>}, OpcodeRow {"setp.nan." NAME, SIG, &HANDLER<T, kUnordered __VA_ARGS__>}

#define WARPLOOM_CLASSES(T, NAME, R)                                                                              \
    OpcodeRow {"testp.finite." NAME, "P=" R, &testClass<T, Class::Finite>},                                       \
    OpcodeRow {"testp.infinite." NAME, "P=" R, &testClass<T, Class::Infinite>},                                   \
    OpcodeRow {"testp.number." NAME, "P=" R, &testClass<T, Class::Number>},                                       \
    OpcodeRow {"testp.notanumber." NAME, "P=" R, &testClass<T, Class::NotANumber>},                               \
    OpcodeRow {"testp.normal." NAME, "P=" R, &testClass<T, Class::Normal>},                                       \
    OpcodeRow {"testp.subnormal." NAME, "P=" R, &testClass<T, Class::Subnormal>}

#define WARPLOOM_COMMA ,

constexpr std::array kRows {
    WARPLOOM_ORDER(I16, "s16", "H"), WARPLOOM_ORDER(U16, "u16", "H"), WARPLOOM_BITS_ORDER(U16, "b16", "H"),
    WARPLOOM_ORDER(I32, "s32", "W"), WARPLOOM_ORDER(U32, "u32", "W"), WARPLOOM_BITS_ORDER(U32, "b32", "W"),
    WARPLOOM_ORDER(I64, "s64", "L"), WARPLOOM_ORDER(U64, "u64", "L"), WARPLOOM_BITS_ORDER(U64, "b64", "L"),
    WARPLOOM_UNSIGNED_ORDER(U16, "u16", "H"), WARPLOOM_UNSIGNED_ORDER(U32, "u32", "W"), WARPLOOM_UNSIGNED_ORDER(U64, "u64", "L"),
    WARPLOOM_FLOATS(float, "f32", "P=WW", compare), WARPLOOM_FLOATS(float, "ftz.f32", "P=WW", compare, WARPLOOM_COMMA true),
    WARPLOOM_FLOATS(double, "f64", "P=LL", compare),
    WARPLOOM_FLOATS(Half, "f16", "P=HH", compare), WARPLOOM_FLOATS(Brain, "bf16", "P=HH", compare),
    WARPLOOM_FLOATS(Half, "f16x2", "PP=WW", comparePair), WARPLOOM_FLOATS(Brain, "bf16x2", "PP=WW", comparePair),
    WARPLOOM_CLASSES(float, "f32", "W"), WARPLOOM_CLASSES(double, "f64", "L"),
};
// clang-format on

}  // namespace

std::span<const OpcodeRow> compareRows() { return kRows; }

}  // namespace warploom::emulator::WARPLOOM_ISA
