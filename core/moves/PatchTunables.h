// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/StencilCode.h"

namespace warploom {

/// Elements that the largest window has for one output; 1 without neighbours.
std::int64_t windowReach(const Stencil& stencil);

/// Columns and rows that a thread may have in a patch, the most promising first: columns as wide as a vector of 16
/// bytes of what is stored, where the timed sizes are whole ones; \p hasPlanes: there are neighbours in other planes.
std::vector<std::int64_t> patchColumns(const MoveContext& context, const Stencil& stencil, bool hasPlanes);
std::vector<std::int64_t> patchRows(const MoveContext& context, const Stencil& stencil);

/// Values that \p extent has where the task is timed; none when it is no single size.
std::vector<std::int64_t> timedValues(const MoveContext& context, const IndexForm& extent);

}  // namespace warploom
