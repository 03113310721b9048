// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// Value that \p var has when \p before begins, if the last of \p statements that sets it gives it a constant.
std::optional<double> constantBefore(const KernelScope& kernel, const std::vector<const clang::Stmt*>& statements,
                                     const clang::Stmt* before, const clang::VarDecl* var);

}  // namespace warploom
