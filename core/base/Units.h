// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace warploom {

/// A duration of a kernel or plan, in fractional microseconds.
using Microseconds = std::chrono::duration<double, std::micro>;
using Seconds = std::chrono::duration<double>;

/// A number of bytes.
struct Bytes {
    std::uint64_t value = 0;

    friend auto operator<=>(const Bytes&, const Bytes&) = default;
    friend Bytes operator+(Bytes a, Bytes b) { return {a.value + b.value}; }
    Bytes& operator+=(Bytes other)
    {
        value += other.value;
        return *this;
    }
};

constexpr Bytes kKiB{1024};
constexpr Bytes kMiB{1024 * 1024};

}  // namespace warploom
