// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// `var / size` or `var % size`, as linear kernels have them for rows and columns.
struct ElementQuotient {
    TextRange range;
    bool isRemainder = false;
    const clang::Expr* divisor = nullptr;
    std::string size;  ///< the divisor, in the kernel's words
};

/// Those in \p body whose divisor is a number, an integer parameter that never changes, or a product of these.
std::vector<ElementQuotient> elementQuotients(const KernelScope& kernel, const clang::VarDecl* var,
                                              const std::vector<const clang::Stmt*>& body);

}  // namespace warploom
