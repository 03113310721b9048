// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/GridFacts.h"

namespace warploom {

/// Reads of one array at fixed distances from the element that is computed.
struct StencilWindow {
    struct Tap {
        const clang::Expr* expression = nullptr;
        std::array<IndexForm, 3> offset;  ///< along each axis, over counters of loops
    };

    const clang::VarDecl* base = nullptr;
    bool hasPlanes = false;  ///< whether each plane has its own array of rows
    std::array<std::int64_t, 3> low{};  ///< the farthest offsets; 0 is one of them
    std::array<std::int64_t, 3> high{};
    std::vector<Tap> taps;
    bool isRepeated = false;  ///< whether what lies beyond the grid is what lies at its edge
};

/// A few values that all elements of a plane read: a filter.
struct StencilTable {
    const clang::VarDecl* base = nullptr;
    IndexForm first;  ///< index of the first
    std::int64_t length = 0;
    std::vector<std::pair<const clang::Expr*, IndexForm>> reads;  ///< with their place in the table
};

/// An array that each element stores to once, in its own place.
struct StencilOutput {
    const clang::VarDecl* base = nullptr;
    IndexForm place;  ///< canonical
    std::vector<const clang::Expr*> stores;
};

/// A comparison of one coordinate and an offset with an end of its axis.
struct StencilTest {
    const clang::Expr* comparison = nullptr;
    std::size_t axis = 0;
    bool isLower = false;  ///< true where coordinate + offset is at least 0; else where it is below the bound
    IndexForm offset;  ///< over counters of loops
};

/// How a kernel of one thread an element reads and writes arrays.
struct Stencil {
    GridKernel grid;
    std::vector<StencilWindow> windows;
    std::vector<StencilTable> tables;
    std::vector<StencilOutput> outputs;
    std::set<const clang::ForStmt*> loops;  ///< have to be unrolled: their counters are offsets
    /// Conditions that are always true, or false, where no tap leaves the grid.
    std::vector<std::pair<const clang::Expr*, bool>> settled;
    std::vector<StencilTest> tests;
    std::vector<const clang::ReturnStmt*> returns;  ///< of elements that are done early

    /// The farthest offsets of all windows along an axis.
    [[nodiscard]] std::int64_t low(std::size_t axis) const;
    [[nodiscard]] std::int64_t high(std::size_t axis) const;
};

/// Nothing where elements depend on each other, or where it is not sure that all that a window holds exists.
/// \p known: see GridKernel.
std::optional<Stencil> stencilOf(const MoveContext& context, const KernelScope& kernel,
                                 const std::optional<KnownValues>& known = std::nullopt);

}  // namespace warploom
