// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/GridKernel.h"
#include "moves/KnownConditions.h"

namespace warploom {

/// Counters of loops with the lowest and the highest value that each has.
using CounterRanges = std::map<std::string, std::pair<std::int64_t, std::int64_t>>;

/// A loop over numbers that are known: for (int p = -1; p <= 1; ++p).
struct FixedLoop {
    const clang::ForStmt* statement = nullptr;
    const clang::VarDecl* var = nullptr;
    std::int64_t first = 0;
    std::int64_t last = 0;
};

std::optional<FixedLoop> fixedLoop(const GridKernel& grid, const clang::Stmt* statement);
/// Lowest and highest value of a sum of counters and numbers.
std::optional<std::pair<std::int64_t, std::int64_t>> rangeOf(const IndexForm& form, const CounterRanges& counters);

/// What is known of coordinates where some code is reached.
class GridFacts {
public:
    /// Each coordinate is at least its \p low, and at least its \p high below the last that there is.
    GridFacts(const GridKernel& grid, const CounterRanges& counters, const std::array<std::int64_t, 3>& low,
              const std::array<std::int64_t, 3>& high)
        : m_grid(&grid)
        , m_counters(&counters)
        , m_low(low)
        , m_high(high)
    {
    }

    /// What is known of \p node within the kernel's body, from the conditions that lead to it.
    void assumeAround(const clang::Stmt* node);
    /// Whether coordinate + \p offset is one of the grid's, along \p axis.
    [[nodiscard]] bool isInside(std::size_t axis, const IndexForm& offset) const;
    /// The value that \p condition always has; nothing when it has both.
    [[nodiscard]] std::optional<bool> settled(const clang::Expr* condition) const;

private:
    void assumeComparison(const clang::BinaryOperator* comparison, bool holds);
    void refine();
    [[nodiscard]] std::optional<std::int64_t> lowest(const IndexForm& form) const;
    [[nodiscard]] std::optional<std::int64_t> highest(const IndexForm& form) const;
    [[nodiscard]] std::optional<bool> settledComparison(const clang::BinaryOperator* comparison) const;
    /// Both sides of a comparison of integers as they are, that is without wrapping.
    [[nodiscard]] std::optional<std::pair<IndexForm, IndexForm>> sidesOf(const clang::BinaryOperator* comparison) const;
    [[nodiscard]] IndexForm coordinate(std::size_t axis) const
    {
        return IndexForm::symbol(m_grid->axes()[axis].symbol);
    }
    /// How many coordinates come after it.
    [[nodiscard]] IndexForm following(std::size_t axis) const
    {
        return m_grid->axes()[axis].bound - IndexForm::constant(1) - coordinate(axis);
    }

    const GridKernel* m_grid;
    const CounterRanges* m_counters;
    std::array<std::int64_t, 3> m_low;
    std::array<std::int64_t, 3> m_high;
    std::vector<IndexForm> m_notNegative;
    std::vector<IndexForm> m_notZero;
};

/// Conditions of branches and choices within \p grid's kernel that are always true, or false, for elements that are at
/// least \p low from the first along each axis and \p high from the last.
std::vector<std::pair<const clang::Expr*, bool>> settledConditions(const GridKernel& grid,
                                                                   const CounterRanges& counters,
                                                                   const std::array<std::int64_t, 3>& low,
                                                                   const std::array<std::int64_t, 3>& high);

}  // namespace warploom
