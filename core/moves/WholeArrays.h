// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/Move.h"

namespace warploom {

/// Parameters of \p kernel whose buffers have exactly \p bound elements in all launches, as the task's shapes say:
/// each element below the bound may be read, whatever the kernel asks before it does.
std::set<const clang::VarDecl*> wholeArrays(const MoveContext& context, const KernelScope& kernel,
                                            const clang::Expr* bound);

}  // namespace warploom
