// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "device/emulator/HandlerSupport.h"

namespace warploom::emulator::WARPLOOM_ISA {

/// The NaN that the hardware makes.
constexpr float kCanonicalNan = std::bit_cast<float>(0x7fffffffu);
constexpr double kCanonicalWideNan = std::bit_cast<double>(0xfff8000000000000u);

/// The result of an operation: one NaN for all. Which operand's payload a host passes on depends on how its compiler
/// ordered them.
inline float settled(float result) { return result != result ? kCanonicalNan : result; }
inline double settled(double result) { return result != result ? kCanonicalWideNan : result; }

}  // namespace warploom::emulator::WARPLOOM_ISA
