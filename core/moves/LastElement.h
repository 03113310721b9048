// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// y[t] = a * x[t] + b * y[t - 1]; in a loop reads what the round before has stored: the source in which that is kept
/// in a variable. Nothing where there is no such loop, or it is not certain that nothing else is read.
std::optional<std::string> lastElementKept(const KernelScope& kernel);

}  // namespace warploom
