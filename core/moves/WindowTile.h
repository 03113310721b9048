// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/Stencil.h"

namespace warploom {

/// A kernel of one thread an element that reads what lies around it, and does anything with it.
struct WindowTile {
    GridKernel grid;
    std::vector<StencilWindow> windows;  ///< of arrays that nobody writes to
    std::vector<const clang::ForStmt*> loops;  ///< whose counters are distances, the outermost first
    std::vector<std::pair<const clang::Expr*, bool>> settled;  ///< as in Stencil
    std::int64_t reads = 0;  ///< of all windows by one element

    /// The farthest offsets of all windows along an axis.
    [[nodiscard]] std::int64_t low(std::size_t axis) const;
    [[nodiscard]] std::int64_t high(std::size_t axis) const;
    [[nodiscard]] bool reaches(std::size_t axis) const { return low(axis) != 0 || high(axis) != 0; }
};

/// Nothing where no array has such a window, or where it is not sure that all of it exists.
std::optional<WindowTile> windowTileOf(const MoveContext& context, const KernelScope& kernel);

/// Tunables of blocks that stage windows; no planes where no window reaches into others.
struct WindowTileNames {
    std::array<std::string, 2> block;  ///< threads across and down
    std::string rows;  ///< elements of a thread
    std::string planes;
    std::string unroll;  ///< turns of outer loops that are written out; empty where all loops are short
};

/// Turns of loops within a window that are written out in a row without asking.
constexpr std::int64_t kMostTurns = 49;
/// How often \p loop, with the loops of the window within, goes round.
std::int64_t turnsWithin(const WindowTile& tile, const clang::ForStmt* loop);

/// Changes \p edit so that each block stages its windows in shared memory; false where code is not written out.
bool writeWindowTile(const MoveContext& context, const WindowTile& tile, const WindowTileNames& names,
                     SourceEdit& edit);

}  // namespace warploom
