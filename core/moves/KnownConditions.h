// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// A comparison, and whether it holds.
using KnownComparison = std::function<void(const clang::BinaryOperator& comparison, bool holds)>;

/// What is known by the conditions that lead to \p node within the kernel's body: branches and choices around it, the
/// left sides of && and ||, earlier branches that leave. What they were about may have changed since.
void comparisonsAround(const KernelScope& kernel, const clang::Stmt* node, const KnownComparison& known);

/// Whether control never goes on after \p statement: a return, or a block that ends in one.
bool leavesKernel(const clang::Stmt* statement);

}  // namespace warploom
