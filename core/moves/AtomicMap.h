// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/GuardedKernel.h"

namespace warploom {

/// A kernel whose threads handle one element each and end in one atomicAdd whose old value nobody wants.
struct AtomicMap {
    GuardedKernel guarded;
    const clang::CallExpr* call = nullptr;
    const clang::VarDecl* base = nullptr;  ///< the parameter that is added to
    bool isUniform = false;  ///< all threads add to one address
    TextRange region;  ///< from the index's declaration to the end of the body

    /// The body as a loop over the elements that fall to a thread when there are fewer threads than elements.
    [[nodiscard]] std::string gridStrideLoop(const KernelScope& kernel, const std::string& body,
                                             const std::string& indentation) const;
    /// Gives the launches a grid of at most a tunable number of blocks of \p block threads.
    void limitGrids(const KernelScope& kernel, SourceEdit& edit, const std::string& block) const;
};

std::optional<AtomicMap> atomicMap(const KernelScope& kernel);

}  // namespace warploom
