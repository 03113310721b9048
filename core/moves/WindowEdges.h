// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/StencilTaps.h"

namespace warploom {

/// Reads places of arrays whose coordinates are kept on the grid as if they were not: image[min(v + 1, h - 1) * w + u]
/// is a row below, and the edge is noted.
class WindowEdges {
public:
    explicit WindowEdges(const GridKernel& grid);

    /// An array and a canonical index.
    struct Place {
        const clang::VarDecl* base = nullptr;
        IndexForm index;
    };

    /// Nothing where anything else takes part than coordinates, counters and numbers. Forgets the edges of the last.
    std::optional<Place> read(const clang::Expr* expression);
    [[nodiscard]] const std::vector<KeptEdge>& edges() const { return m_edges; }

private:
    [[nodiscard]] std::optional<Place> placeOf(const clang::Expr* expression);
    [[nodiscard]] std::optional<Place> placeAt(const clang::Expr* pointer, const clang::Expr* index, bool isLess);
    [[nodiscard]] std::optional<IndexForm> form(const clang::Expr* expression);
    [[nodiscard]] std::optional<IndexForm> formOfCall(const clang::CallExpr& call, const clang::CompoundStmt& body);
    [[nodiscard]] std::optional<IndexForm> formOfBinary(const clang::BinaryOperator* binary);
    [[nodiscard]] std::optional<IndexForm> kept(const clang::Expr* one, const clang::Expr* other, bool isLow);
    [[nodiscard]] std::optional<IndexForm> formOfChoice(const clang::ConditionalOperator* choice);
    /// The axis whose last coordinate \p form is.
    [[nodiscard]] std::optional<std::size_t> axisEndingAt(const IndexForm& form) const;
    [[nodiscard]] const clang::VarDecl* settled(const clang::Expr* expression) const;

    const GridKernel& m_grid;
    const KernelScope& m_kernel;
    std::vector<KeptEdge> m_edges;
    std::map<const clang::ValueDecl*, IndexForm> m_given;  ///< to the function that is looked into
};

}  // namespace warploom
