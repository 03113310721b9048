// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/Move.h"

namespace warploom {

/// How wide the accesses become, in elements, and of how many bytes each is.
struct RowCopyWidth {
    int width = 4;
    int bytes = 4;
};

/// Makes 16-byte accesses of a kernel that moves each element of an array elsewhere, such that what lies side by side
/// stays so: a permutation of all directions but the fastest, found by / and %. Nothing, and no change, for others.
std::optional<RowCopyWidth> widenRowCopy(const MoveContext& context, const KernelScope& kernel, SourceEdit& edit);

}  // namespace warploom
