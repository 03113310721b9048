// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/SmallFloat.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

namespace warploom::emulator {

namespace {

/// e5m2 is the upper byte of a half; e4m3 has no infinities, and only one magnitude that is not a number.
std::array<float, 256> makeEighthValues(int exponentBits, int fractionBits, bool hasInfinity)
{
    std::array<float, 256> values{};
    const int bias = (1 << (exponentBits - 1)) - 1;
    for (int bits = 0; bits < 256; ++bits) {
        const int exponent = (bits >> fractionBits) & ((1 << exponentBits) - 1);
        const int fraction = bits & ((1 << fractionBits) - 1);
        const bool isTop = exponent == (1 << exponentBits) - 1;
        float magnitude = exponent == 0
            ? std::ldexp(static_cast<float>(fraction), 1 - bias - fractionBits)
            : std::ldexp(static_cast<float>(fraction + (1 << fractionBits)), exponent - bias - fractionBits);
        if (isTop && hasInfinity)
            magnitude =
                fraction == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
        else if (isTop && fraction == (1 << fractionBits) - 1)
            magnitude = std::numeric_limits<float>::quiet_NaN();
        values[static_cast<std::size_t>(bits)] = (bits & 0x80) != 0 ? -magnitude : magnitude;
    }
    return values;
}

}  // namespace

const float* eighthValues(PtxType type)
{
    static const std::array<float, 256> kFour = makeEighthValues(4, 3, false);
    static const std::array<float, 256> kFive = makeEighthValues(5, 2, true);
    return type == PtxType::E5m2 ? kFive.data() : kFour.data();
}

}  // namespace warploom::emulator
