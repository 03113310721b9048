// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/FoldLoop.h"

namespace warploom {

/// What a loop's round does to a variable: var = factor * var + term, of what does not depend on var.
struct AffineUpdate {
    std::string factor;  ///< parts by their number: "@0@ * @1@"; empty where nothing is kept of var
    std::string term;  ///< the same; empty where nothing is added
    std::vector<const clang::Expr*> parts;
    std::set<const clang::Expr*> guarded;  ///< parts that are worked out on a condition only
    bool isChosen =
        false;  ///< whether a condition says which of several it is: values may be dropped, whatever they are
    bool isConverted = false;  ///< whether a part is of another type than the variable

    [[nodiscard]] std::string factorText(const std::function<std::string(const clang::Stmt*)>& textOf) const;
    [[nodiscard]] std::string termText(const std::function<std::string(const clang::Stmt*)>& textOf) const;
};

/// How \p statements, in their order and with nothing between them that reads \p var, change it in a round of \p loop;
/// nothing where it is no float or double, or changed in another way.
std::optional<AffineUpdate> affineUpdate(const KernelScope& kernel, const FoldLoop& loop, const clang::VarDecl* var,
                                         const std::vector<const clang::Stmt*>& statements);

}  // namespace warploom
