// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// s = mixed(s, x[t], a); in a loop, where mixed() returns sums and products of what it is given and nothing else: what
/// it keeps of the variable, and what it adds, is worth to be seen.
bool carriesValue(const KernelScope& kernel, const clang::CallExpr& call);

}  // namespace warploom
