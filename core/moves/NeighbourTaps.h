// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/GridKernel.h"

namespace warploom {

/// Parts of expressions that are looked at before it is given up.
constexpr int kMostTapSteps = 1 << 17;

/// A read of an array, with the numbers that counters of loops have there.
struct NeighbourTap {
    IndexForm index;  ///< canonical
    std::vector<IndexForm> inside;  ///< the read counts only where all of these are at least 0
    bool isSigned = false;  ///< the elements
    friend bool operator==(const NeighbourTap&, const NeighbourTap&) = default;
};

/// min(max(inner, 0), bound - 1), or one of the two.
struct NeighbourClamp {
    IndexForm inner;
    std::optional<IndexForm> bound;
    bool isLow = true;  ///< whether it is at least 0
    friend bool operator==(const NeighbourClamp&, const NeighbourClamp&) = default;
};

/// Goes through loops of known length that add reads of one array, times known numbers, to an integer, and do nothing
/// else.
class NeighbourTaps {
public:
    explicit NeighbourTaps(const GridKernel& grid);

    /// False when the loops do, or may do, anything else.
    bool read(const clang::ForStmt* loop);
    /// Whether \p expression itself is such a sum.
    bool readValue(const clang::Expr* expression);
    /// The integer that loops add to.
    [[nodiscard]] const clang::VarDecl* sum() const { return m_sum; }
    [[nodiscard]] const clang::VarDecl* base() const { return m_base; }
    [[nodiscard]] const std::vector<std::pair<NeighbourTap, std::int64_t>>& all() const { return m_total; }
    /// What symbols of the taps' indices stand for.
    [[nodiscard]] const std::map<std::string, NeighbourClamp>& clamps() const { return m_clamps; }

private:
    /// Reads times numbers. There is no constant part.
    using Terms = std::vector<std::pair<NeighbourTap, std::int64_t>>;

    bool run(const clang::Stmt* statement);
    bool runLoop(const clang::ForStmt* loop);
    bool runBranch(const clang::IfStmt* branch);
    bool declare(const clang::DeclStmt* statement);
    bool change(const clang::BinaryOperator* assignment);
    bool addTo(const clang::VarDecl* var, const clang::Expr* added, std::int64_t sign);

    [[nodiscard]] std::optional<Terms> terms(const clang::Expr* expression);
    [[nodiscard]] std::optional<Terms> termsOfBinary(const clang::BinaryOperator* binary);
    [[nodiscard]] std::optional<Terms> termsOfChoice(const clang::ConditionalOperator* choice);
    [[nodiscard]] std::optional<Terms> tapOf(const clang::Expr* place);
    [[nodiscard]] std::optional<PointerForm> pointer(const clang::Expr* expression);

    /// The integer that an expression is, counters being numbers.
    [[nodiscard]] std::optional<IndexForm> number(const clang::Expr* expression);
    [[nodiscard]] std::optional<IndexForm> numberOf(const clang::VarDecl* var, const clang::Expr* reference);
    [[nodiscard]] std::optional<std::int64_t> constant(const clang::Expr* expression);
    [[nodiscard]] std::optional<IndexForm> element(const clang::ArraySubscriptExpr* subscript);
    [[nodiscard]] std::optional<IndexForm> clamp(const clang::Expr* expression);
    [[nodiscard]] std::optional<IndexForm> clampOfCall(const clang::Expr* expression);
    [[nodiscard]] std::optional<IndexForm> clampOfChoice(const clang::ConditionalOperator* choice);
    [[nodiscard]] IndexForm symbolOf(const NeighbourClamp& clamp);
    /// Where an expression, and what its variables stand for, is of signed integers: nothing wraps.
    [[nodiscard]] bool isSigned(const clang::Expr* expression) const;
    /// Adds to \p inside what is at least 0 where \p condition is, or is not, met; false for other conditions.
    [[nodiscard]] bool assume(const clang::Expr* condition, bool holds, std::vector<IndexForm>& inside);

    const GridKernel& m_grid;
    const KernelScope& m_kernel;
    const clang::VarDecl* m_sum = nullptr;
    const clang::VarDecl* m_base = nullptr;
    Terms m_total;
    std::map<const clang::VarDecl*, std::int64_t> m_counters;
    std::map<const clang::VarDecl*, Terms> m_partial;  ///< sums that the loops declare themselves
    std::vector<IndexForm> m_inside;
    std::map<std::string, NeighbourClamp> m_clamps;
    int m_steps = 0;
    bool m_isSkipped = false;  ///< the rest of the iteration counts only under m_inside
};

}  // namespace warploom
