// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// A factor of a contraction's product that is worked out of loads and of what one side of the product knows: an
/// element with the mean of its column taken off, a quantised one with its zero point.
struct WorkedFactor {
    const clang::Expr* expression = nullptr;
    std::string text;  ///< with what locals stand for in their place
    TextRange range;  ///< where the loop has it
    clang::QualType type;
    const clang::VarDecl* base = nullptr;  ///< of its first load
};

/// \p factor, where whoever knows \p own and \p depth can work it out; nothing where it needs \p other, or neither of
/// the two. \p locals are the kernel's, set once and before the loop.
std::optional<WorkedFactor> workedFactor(const KernelScope& kernel, const clang::Expr* factor,
                                         const clang::VarDecl* own, const clang::VarDecl* other,
                                         const clang::VarDecl* depth, const std::set<const clang::VarDecl*>& locals);

/// \p expression with what \p locals stand for in their place; nothing where a macro hides a part.
std::optional<std::string> resolvedText(const KernelScope& kernel, const clang::Expr* expression,
                                        const std::set<const clang::VarDecl*>& locals);

}  // namespace warploom
