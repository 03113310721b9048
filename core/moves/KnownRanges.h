// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// A loop whose counter stays between two numbers: for (int i = n - 2; i >= 0; --i).
struct RangedLoop {
    const clang::ForStmt* statement = nullptr;
    const clang::VarDecl* var = nullptr;
    IndexForm lowest;
    IndexForm highest;
};

/// Nothing where the counter is changed anywhere but by the increment, or steps by what may be anything.
std::optional<RangedLoop> rangedLoop(const KernelScope& kernel, const clang::Stmt* statement);

/// Whether the name of \p var means it where \p node stands.
bool isSeenFrom(const KernelScope& kernel, const clang::VarDecl* var, const clang::Stmt* node);

/// What the loops around some code, and the conditions that lead to it, say of integers there. It proves: where it is
/// not sure it says no.
class KnownRanges {
public:
    /// Symbols of \p counts are never negative, and neither are the forms \p given.
    KnownRanges(const KernelScope& kernel, const clang::Stmt* node, std::set<std::string> counts,
                std::vector<IndexForm> given);

    [[nodiscard]] bool isNotNegative(const IndexForm& form) const;
    /// Whether \p symbol has one value at the node and wherever the facts were learnt: a parameter that nothing
    /// changes, the counter of a loop around it, or one of CUDA's built-ins.
    [[nodiscard]] bool isSettled(const std::string& symbol) const { return m_settled.count(symbol) > 0; }
    /// The loops around the node, the innermost first.
    [[nodiscard]] const std::vector<RangedLoop>& loops() const { return m_loops; }

private:
    void collectLoops(const clang::Stmt* node);
    void assumeComparison(const clang::BinaryOperator& comparison, bool holds);
    void add(const IndexForm& form);
    [[nodiscard]] bool isSettledForm(const IndexForm& form) const;
    [[nodiscard]] bool isPositiveForm(const IndexForm& form) const;
    [[nodiscard]] std::optional<IndexForm> withoutCounters(IndexForm form) const;
    [[nodiscard]] bool isLeastNotNegative(const IndexForm& form) const;

    const KernelScope& m_kernel;
    std::set<std::string> m_counts;
    std::set<std::string> m_settled;
    std::vector<RangedLoop> m_loops;
    std::vector<IndexForm> m_notNegative;
};

}  // namespace warploom
