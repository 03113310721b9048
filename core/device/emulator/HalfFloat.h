// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace warploom::emulator {

/// IEEE binary16, as bits.
struct Half {
    std::uint16_t bits = 0;
};

/// bfloat16, as bits.
struct Brain {
    std::uint16_t bits = 0;
};

inline float toFloat(Half half)
{
    const std::uint32_t sign = std::uint32_t{half.bits & 0x8000u} << 16;
    const std::uint32_t exponent = (half.bits >> 10) & 31u;
    const std::uint32_t fraction = half.bits & 1023u;
    if (exponent == 31)
        return std::bit_cast<float>(sign | 0x7f800000u | (fraction << 13));
    if (exponent == 0) {
        const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
        return std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude) | sign);
    }
    return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
}

inline float toFloat(Brain brain) { return std::bit_cast<float>(std::uint32_t{brain.bits} << 16); }

/// The direction of rounding of a conversion.
enum class Rounding { Nearest, Zero, Down, Up, NearestAway };

/// Rounds to a format of \p fractionBits stored bits and \p exponentBits; the result has its layout.
/// One rounding, subnormal results included; long double holds every integer and float of PTX exactly.
inline std::uint32_t roundToSmall(long double value, int exponentBits, int fractionBits, Rounding rounding)
{
    const std::uint32_t sign = std::signbit(value) ? 1u << (exponentBits + fractionBits) : 0;
    const std::uint32_t topExponent = (1u << exponentBits) - 1;
    const std::uint32_t infinity = topExponent << fractionBits;
    if (std::isnan(value))
        return (1u << (exponentBits + fractionBits)) - 1;  // the canonical NaN of the hardware
    if (std::isinf(value))
        return sign | infinity;
    const int bias = (1 << (exponentBits - 1)) - 1;
    int exponent = 0;
    const long double magnitude = std::fabs(value);
    std::frexp(magnitude, &exponent);
    const int unit = std::max(exponent - 1, 1 - bias) - fractionBits;  // exponent of the last place
    const long double scaled = std::ldexp(magnitude, -unit);
    const long double floor = std::floor(scaled);
    const long double rest = scaled - floor;
    auto integer = static_cast<std::uint64_t>(floor);
    const bool isOdd = (integer & 1) != 0;
    const bool negative = sign != 0;
    const bool up = rounding == Rounding::Nearest ? rest > 0.5L || (rest == 0.5 && isOdd)
        : rounding == Rounding::NearestAway       ? rest >= 0.5
        : rounding == Rounding::Down              ? rest > 0 && negative
        : rounding == Rounding::Up                ? rest > 0 && !negative
                                                  : false;
    integer += up ? 1 : 0;
    if (magnitude == 0 || integer == 0)
        return sign;
    // Adding the integer to the exponent field carries over by itself when rounding reached the next power of two.
    const std::int64_t biased = std::int64_t{unit} + fractionBits + bias;
    const std::uint64_t bits = integer < (std::uint64_t{1} << fractionBits)
        ? integer
        : integer + (static_cast<std::uint64_t>(biased - 1) << fractionBits);
    if (bits >= infinity) {
        const bool toInfinity = rounding == Rounding::Nearest || rounding == Rounding::NearestAway
            || (rounding == Rounding::Up && !negative) || (rounding == Rounding::Down && negative);
        return sign | (toInfinity ? infinity : infinity - 1);
    }
    return sign | static_cast<std::uint32_t>(bits);
}

inline Half toHalf(long double value, Rounding rounding = Rounding::Nearest)
{
    return {static_cast<std::uint16_t>(roundToSmall(value, 5, 10, rounding))};
}

inline Brain toBrain(long double value, Rounding rounding = Rounding::Nearest)
{
    return {static_cast<std::uint16_t>(roundToSmall(value, 8, 7, rounding))};
}

/// Nearest-even from float, without branches: what nearly all conversions are.
inline Half nearestHalf(float value)
{
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = (bits >> 16) & 0x8000u;
    const std::uint32_t magnitude = bits & 0x7fffffffu;
    const std::uint32_t normal = (magnitude - 0x38000000u + 0xfffu + ((magnitude >> 13) & 1u)) >> 13;
    // Adding 0.5 puts the last place of a subnormal half where float rounds it.
    const std::uint32_t subnormal = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - 0x3f000000u;
    std::uint32_t result = magnitude < 0x38800000u ? subnormal : normal;
    result = magnitude >= 0x47800000u ? 0x7c00u : result;
    result = result > 0x7c00u ? 0x7c00u : result;
    if (magnitude > 0x7f800000u)
        return {0x7fff};
    return {static_cast<std::uint16_t>(result | sign)};
}

inline Brain nearestBrain(float value)
{
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    return {static_cast<std::uint16_t>((bits & 0x7fffffffu) > 0x7f800000u ? 0x7fffu : rounded)};
}

/// Rounds to odd: the result still tells on which side of every value of a narrower format it lies, so that rounding
/// it again is as good as rounding once.
inline float oddFloat(double value)
{
    const float nearest = static_cast<float>(value);
    const double back = nearest;
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(nearest);
    if (back == value || value != value || (bits & 1u) != 0)
        return nearest;
    const bool isTooSmall = std::fabs(back) < std::fabs(value);
    return std::bit_cast<float>(isTooSmall ? bits + 1 : bits - 1);
}

/// a × b + c of small floats, rounded to odd: the product is exact in double, the sum's error decides the last bit.
inline double oddFma(float a, float b, float c)
{
    const double product = static_cast<double>(a) * b;
    const double addend = c;
    const double sum = product + addend;
    const double part = sum - product;
    const double error = (product - (sum - part)) + (addend - part);
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(sum);
    if (error == 0 || error != error || (bits & 1u) != 0)
        return sum;
    return std::bit_cast<double>((error > 0) == (sum > 0) ? bits + 1 : bits - 1);
}

}  // namespace warploom::emulator
