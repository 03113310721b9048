// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace warploom {

/// Value of an IEEE binary16 pattern.
inline double halfToDouble(std::uint16_t bits)
{
    const double sign = (bits & 0x8000) != 0 ? -1 : 1;
    const int exponent = (bits >> 10) & 31;
    const int fraction = bits & 1023;
    if (exponent == 31)
        return fraction != 0 ? std::nan("") : sign * INFINITY;
    if (exponent == 0)
        return sign * std::ldexp(fraction, -24);
    return sign * std::ldexp(1024 + fraction, exponent - 25);
}

/// Value of a bfloat16 pattern: the upper half of a float.
inline double bfloatToDouble(std::uint16_t bits)
{
    return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16));
}

/// Nearest binary16 pattern, ties to even; overflow gives infinity.
inline std::uint16_t doubleToHalf(double value)
{
    const auto sign = static_cast<std::uint16_t>(std::signbit(value) ? 0x8000 : 0);
    const double size = std::abs(value);
    if (std::isnan(value))
        return static_cast<std::uint16_t>(sign | 0x7E00);
    if (size >= 65520)
        return static_cast<std::uint16_t>(sign | 0x7C00);
    const int exponent = size < 0x1.0p-14 ? -14 : std::ilogb(size);
    const auto steps = static_cast<std::uint32_t>(std::nearbyint(std::ldexp(size, 10 - exponent)));
    // A fraction that rounds up to the next power of two carries into the exponent by itself.
    const std::uint32_t base = size < 0x1.0p-14 ? 0 : (static_cast<std::uint32_t>(exponent + 15) << 10) - 1024;
    return static_cast<std::uint16_t>(sign | (base + steps));
}

/// Nearest bfloat16 pattern, ties to even.
inline std::uint16_t doubleToBfloat(double value)
{
    const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
    if (std::isnan(value))
        return static_cast<std::uint16_t>((bits >> 16) | 0x40);
    return static_cast<std::uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

}  // namespace warploom
