// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// The source of a kernel whose blocks put one value of each thread together, by shuffles, slots and trees however they
/// are written, so that one thread can add the sum to memory: there each thread adds its value. Nothing where it is not
/// certain that each value counts once, and that nothing else comes of it.
std::optional<std::string> jointSum(const KernelScope& kernel);

}  // namespace warploom
