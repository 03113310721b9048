// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include "moves/GuardedKernel.h"
#include "moves/ProductParts.h"

namespace warploom {

/// One of the loops within each other that add up: it counts from 0.
struct NestLoop {
    CountedLoop loop;
    std::int64_t step = 1;  ///< more than 1 for the outermost alone, and then what all within it count together
    std::vector<const clang::DeclStmt*> declarations;  ///< of its body: values that nothing changes
};

/// What products have of one of the grid's dimensions: those parts of them that depend on its index and on the loops.
struct NestFactor {
    std::vector<FactorParts> parts;  ///< of each product of a round of the innermost loop
    std::set<const clang::VarDecl*> variables;  ///< all that they are worked out from
    std::vector<Access> loads;
};

/// sum += first * second
struct NestSum {
    const clang::VarDecl* sum = nullptr;
    std::array<std::size_t, 2> factors = {};  ///< numbers of them, by the grid's dimension
};

/// One thread computes one element of a matrix, sum over p of f(row, p) * g(p, column), where f and g are any
/// expressions of what is loaded and of numbers, and p may be counted by loops within each other: words, and the values
/// packed in each; or by a loop that adds several products a round. What f and g are worked out from can be worked out
/// by anybody else: nothing of it changes while the kernel runs, and no part of it depends on both indices.
struct FactorNest {
    GuardedKernel guarded;  ///< its indices are of the dimensions 0 and 1
    std::vector<const clang::Stmt*> advances;  ///< of pointers, before everything else
    std::vector<const clang::DeclStmt*> declarations;  ///< before the loops: values that nothing changes
    std::vector<NestLoop> loops;  ///< outermost first
    std::array<std::vector<NestFactor>, 2> factors;  ///< by the dimension whose index they depend on
    std::vector<NestSum> sums;
    std::int64_t products = 1;  ///< that a round of the innermost loop adds to each sum
    IndexForm place;  ///< p of the first of them, over the loops' variables

    [[nodiscard]] const clang::Stmt* statement() const { return loops.front().loop.statement; }
    [[nodiscard]] const NestLoop& outermost() const { return loops.front(); }
};

/// Nothing where the kernel has another form, or where it is not certain. Loops within the outermost have as many
/// rounds as a constant says, or a parameter that is passed one of \p sizes.
std::optional<FactorNest> factorNest(const KernelScope& kernel, const std::vector<std::string>& sizes);

}  // namespace warploom
