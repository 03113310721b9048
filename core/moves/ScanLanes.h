// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/FoldLoop.h"
#include "moves/Reduction.h"

namespace warploom {

/// An array whose neighbouring elements are loaded or stored at once.
struct ScanLane {
    const clang::VarDecl* base = nullptr;
    IndexForm index;
    std::string place;  ///< of the first element, @at@ standing for the loop's variable
    std::string name;  ///< of the thread's elements
    std::string element;
    int bytes = 0;
    bool isAligned = false;
    bool isBackwards = false;  ///< each element lies before the one of the round before
    bool isStored = false;
    std::vector<const clang::Expr*> reads;
    std::vector<TextRange> uses;

    /// Whether one of \p parts reads it.
    [[nodiscard]] bool isReadIn(const KernelScope& kernel, const std::vector<const clang::Stmt*>& parts) const;
};

/// What threads that have neighbouring elements of a loop each touch in wide accesses.
struct ScanLanes {
    std::vector<ScanLane> lanes;
    int width = 4;  ///< elements at once: 16 bytes of the widest

    /// Nothing where macros hide an access. \p parts is all that is run for an element; accesses in those of
    /// \p conditional may be none. \p startsAligned: threads start at multiples of width; \p anyDirection: so may
    /// accesses from the array's end on be.
    static std::optional<ScanLanes> make(const KernelScope& kernel, const FoldLoop& loop,
                                         const std::vector<const clang::Stmt*>& parts,
                                         const std::set<const clang::Stmt*>& conditional, bool startsAligned,
                                         bool anyDirection = false);
};

/// What moves so many bytes at once.
const char* packedType(int bytes);
/// A device function @name@ that folds values of @type@ up to each lane of a warp.
std::string scanWarpText(const Reduction& reduction);

}  // namespace warploom
