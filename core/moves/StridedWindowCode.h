// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/CodeTemplate.h"
#include "moves/Move.h"
#include "moves/StridedWindows.h"

namespace warploom {

/// Changes \p edit so that each thread computes \p outputs, the name of a tunable, neighbours of a row; false where
/// code is not written out, or a launch has another shape.
bool writeStridedWindows(const MoveContext& context, const KernelScope& kernel, const StridedWindows& found,
                         const std::string& outputs, SourceEdit& edit);

}  // namespace warploom
