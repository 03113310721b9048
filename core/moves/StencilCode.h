// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/Stencil.h"

namespace warploom {

/// What a patch of elements is made for.
enum class PatchKind {
    Window,  ///< neighbours in registers: columns side by side, loaded and stored as vectors
    Shared,  ///< values that all elements of a row or column share: columns as far apart as threads
};

/// Tunables of a patch, by axis; empty for planes that are not patched.
struct PatchNames {
    std::array<std::string, 3> count;
    bool marches = false;  ///< planes are worked through one after the other: only those that one needs are kept
    std::array<std::string, 2> block;  ///< threads across and down; empty where the launch's are kept
};

/// Changes \p edit so that each thread computes a patch of elements; false where code is not written out. \p stencils:
/// of one kernel, each for other values of its known parameters.
bool writePatches(const MoveContext& context, const std::vector<Stencil>& stencils, PatchKind kind,
                  const PatchNames& names, SourceEdit& edit);

}  // namespace warploom
