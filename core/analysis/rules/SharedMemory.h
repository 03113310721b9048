// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "analysis/Observation.h"

namespace warploom {

/// What a launch makes the data stage of shared memory do.
struct SharedAccess {
    double wavefronts = 0;
    double conflicts = 0;  ///< of them beyond the ideal

    [[nodiscard]] double conflictShare() const { return wavefronts > 0 ? conflicts / wavefronts : 0; }
};

/// Nothing where shared memory is not used, or where nothing has counted.
std::optional<SharedAccess> sharedAccess(const ObservedLaunch& launch);

/// From here on every fifth wavefront is one too many: less is what atomics and ragged tiles leave.
constexpr double kConflictsMatter = 0.2;

}  // namespace warploom
