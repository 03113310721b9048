// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/GuardedKernel.h"
#include "moves/Move.h"

namespace warploom {

/// Keeps the kernel as it is, under another name, for sizes at which the rows of \p array are shorter on average than a
/// new tunable says; its launches so far are for the others. Nothing, and no change, where the length is not known from
/// the array's shape, launches have conditions already, or the kernel is no plain function.
std::optional<std::string> keepForShortRows(const MoveContext& context, const KernelScope& kernel,
                                            const GuardedKernel& guarded, const clang::VarDecl* array,
                                            SourceEdit& edit);

}  // namespace warploom
