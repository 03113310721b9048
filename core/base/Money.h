// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace warploom {

/// Millionths of a US dollar.
struct MicroDollars {
    std::int64_t value = 0;

    friend auto operator<=>(const MicroDollars&, const MicroDollars&) = default;
    /// Stays at the largest value rather than overflow.
    friend MicroDollars operator+(MicroDollars a, MicroDollars b);
    MicroDollars& operator+=(MicroDollars other) { return *this = *this + other; }
};

/// "$2.50", "$0.003625": every digit that is not nought, at least two behind the point.
std::string moneyText(MicroDollars money);
/// Nothing for what is no amount from 0 to nine million dollars. Digits behind the sixth are rounded.
std::optional<MicroDollars> moneyFromDollars(double dollars);

}  // namespace warploom
