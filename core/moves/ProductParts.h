// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// Part of a product.
struct FactorPart {
    const clang::Expr* expression = nullptr;
    bool divides = false;
};

using FactorParts = std::vector<FactorPart>;

/// The products that \p update adds to \p sum; empty where it does anything else.
std::vector<FactorParts> addedProducts(const clang::VarDecl* sum, const clang::BinaryOperator& update,
                                       const clang::ASTContext& context);

}  // namespace warploom
