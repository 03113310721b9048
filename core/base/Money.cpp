// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Money.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace warploom {

namespace {

constexpr std::int64_t kMicrosInADollar = 1'000'000;
constexpr double kMostDollars = 9e6;

}  // namespace

MicroDollars operator+(MicroDollars a, MicroDollars b)
{
    std::int64_t sum = 0;
    if (__builtin_add_overflow(a.value, b.value, &sum))
        return {a.value > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min()};
    return {sum};
}

std::string moneyText(MicroDollars money)
{
    const std::int64_t whole = money.value / kMicrosInADollar;
    const std::int64_t rest = std::abs(money.value % kMicrosInADollar);
    std::string digits = fmt::format("{:06}", rest);
    while (digits.size() > 2 && digits.back() == '0')
        digits.pop_back();
    return fmt::format("{}${}.{}", money.value < 0 ? "-" : "", whole < 0 ? -whole : whole, digits);
}

std::optional<MicroDollars> moneyFromDollars(double dollars)
{
    if (!(dollars >= 0 && dollars <= kMostDollars))
        return std::nullopt;
    return MicroDollars{std::llround(dollars * kMicrosInADollar)};
}

}  // namespace warploom
