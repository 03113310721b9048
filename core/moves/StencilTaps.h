// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/Stencil.h"

namespace warploom {

/// A coordinate that code keeps on the grid at one end: max(inner, 0), or min(inner, extent - 1).
struct KeptEdge {
    IndexForm inner;  ///< canonical
    std::size_t axis = 0;  ///< that ends there; of no meaning where isLow
    bool isLow = false;
};

/// Finds the reads of arrays that stand at known distances from a grid's element.
class StencilTaps {
public:
    /// A tap, with a window that is as large as it alone needs.
    struct Found {
        StencilWindow window;
        StencilWindow::Tap tap;
    };

    /// Taps may be \p widest elements apart along an axis.
    StencilTaps(const GridKernel& grid, std::int64_t widest);

    /// Takes note of loops over numbers that are known.
    void addLoop(const clang::Stmt* statement);
    [[nodiscard]] const CounterRanges& counters() const { return m_counters; }
    [[nodiscard]] std::vector<const clang::Stmt*> loopsAround(const clang::Stmt* node) const;
    /// Whether the counters of all loops around are known.
    [[nodiscard]] bool onlyFixedLoops(const clang::Stmt* node) const;
    /// The loops around whose counters take part in \p form.
    [[nodiscard]] std::vector<const clang::ForStmt*> loopsOf(const clang::Stmt* node, const IndexForm& form) const;
    /// The tap that \p load of \p base at \p index, canonical, is in an array of \p fact; nothing where it is none, or
    /// where it may lie off the grid. Coordinates of \p edges lie on it as the code keeps them there, but not as \p
    /// index has them.
    [[nodiscard]] std::optional<Found> read(const clang::Expr* load, const clang::VarDecl* base, const IndexForm& index,
                                            const BufferFact& fact, const std::vector<KeptEdge>& edges = {}) const;
    /// The load, be it a subscript or an intrinsic.
    [[nodiscard]] static const clang::Expr* wholeOf(const Access& access);
    /// Adds \p found to the window of its array; false where that has planes and it has none, or the other way round.
    static bool add(std::vector<StencilWindow>& windows, Found found);

private:
    [[nodiscard]] bool isSafe(const StencilWindow::Tap& tap, const std::vector<KeptEdge>& edges,
                              StencilWindow& window) const;

    const GridKernel& m_grid;
    const KernelScope& m_kernel;
    std::int64_t m_widest;
    CounterRanges m_counters;
    std::map<const clang::ForStmt*, std::string> m_loops;
};

}  // namespace warploom
