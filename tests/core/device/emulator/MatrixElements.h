// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <random>

#include "device/emulator/MatrixTable.h"

namespace warploom::test {

using emulator::MatrixProduct;
using emulator::MatrixRole;
using emulator::MatrixShape;
using emulator::PtxType;

/// What bits of a format stand for, by its definition: \p fraction stored bits below \p exponent bits.
inline long double smallFloat(std::uint64_t bits, int exponent, int fraction, bool hasInfinity = true)
{
    const int top = (1 << exponent) - 1;
    const int power = static_cast<int>(bits >> fraction) & top;
    const auto low = static_cast<long double>(bits & ((std::uint64_t{1} << fraction) - 1));
    const bool isAllOnes = low == std::ldexp(1.0L, fraction) - 1;
    const int bias = (1 << (exponent - 1)) - 1;
    long double value = power == 0 ? std::ldexp(low, 1 - bias - fraction)
                                   : std::ldexp(low + std::ldexp(1.0L, fraction), power - bias - fraction);
    if (power == top && hasInfinity)
        value = low == 0 ? INFINITY : NAN;
    else if (power == top && isAllOnes)
        value = NAN;
    return ((bits >> (exponent + fraction)) & 1) != 0 ? -value : value;
}

inline long double valueOf(PtxType type, std::uint64_t bits)
{
    switch (type) {
    case PtxType::F16:
        return smallFloat(bits, 5, 10);
    case PtxType::Bf16:
        return smallFloat(bits, 8, 7);
    case PtxType::Tf32:
        return smallFloat((bits & 0xffffffff) >> 13, 8, 10);
    case PtxType::E4m3:
        return smallFloat(bits, 4, 3, false);
    case PtxType::E5m2:
        return smallFloat(bits, 5, 2);
    case PtxType::S8:
        return static_cast<std::int8_t>(bits);
    case PtxType::U8:
        return static_cast<std::uint8_t>(bits);
    case PtxType::S32:
        return static_cast<std::int32_t>(bits);
    case PtxType::F32:
        return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    default:
        return std::bit_cast<double>(bits);
    }
}

inline unsigned bitsOf(PtxType type) { return emulator::ptxBits(type); }

/// Numbers of moderate size, so that sums are exact in double; \p wild ones are any bits at all.
inline std::uint64_t randomElement(PtxType type, std::mt19937_64& random, bool wild)
{
    const std::uint64_t bits = random();
    if (wild || bitsOf(type) == 8)
        return bits & (~std::uint64_t{0} >> (64 - bitsOf(type)));
    const auto exponent = static_cast<std::uint64_t>(random() % 8);
    switch (type) {
    case PtxType::F16:
        return (bits & 0x83ff) | (exponent + 11) << 10;
    case PtxType::Bf16:
        return (bits & 0x807f) | (exponent + 123) << 7;
    case PtxType::Tf32:
    case PtxType::F32:
        return (bits & 0x807fffff) | (exponent + 123) << 23;
    case PtxType::S32:
        return bits & 0xffffffff;
    default:
        return (bits & 0x800fffffffffffff) | (exponent + 1019) << 52;
    }
}

struct Cell {
    unsigned row;
    unsigned column;
};

/// Place of element \p i of a lane's fragment of mma, case by case as the PTX manual has it.
inline Cell documented(const MatrixProduct& product, MatrixRole role, unsigned lane, unsigned i)
{
    const unsigned group = lane >> 2;
    const unsigned thread = lane & 3;
    const unsigned m = product.shape.m;
    const unsigned k = product.shape.k;
    const unsigned bits = bitsOf(product.a);
    if (role == MatrixRole::C)
        return {m == 8 || i < 2 ? group : group + 8, thread * 2 + (i & 1)};
    if (bits == 16) {
        if (role == MatrixRole::B)
            return {thread * 2 + (i & 1) + (i >= 2 ? 8 : 0), group};
        return {i < 2 || (4 <= i && i < 6) ? group : group + 8, thread * 2 + (i & 1) + (i >= 4 ? 8 : 0)};
    }
    if (bits == 32) {
        if (role == MatrixRole::B)
            return {i == 0 ? thread : thread + 4, group};
        return {i == 0 || i == 2 ? group : group + 8, i < 2 ? thread : thread + 4};
    }
    if (bits == 64) {
        if (role == MatrixRole::B)
            return {i * 4 + thread, group};
        const unsigned column = i % 2 == 0 ? i * 2 + thread : i * 2 - 2 + thread;
        return {i % 2 == 0 ? group : group + 8, column};
    }
    if (role == MatrixRole::B)
        return {thread * 4 + (i & 3) + (i >= 4 ? 16 : 0), group};
    if (k == 16)
        return {i < 4 ? group : group + 8, thread * 4 + (i & 3)};
    return {i < 4 || (8 <= i && i < 12) ? group : group + 8, thread * 4 + (i & 3) + (i >= 8 ? 16 : 0)};
}

}  // namespace warploom::test
