// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "analysis/Observation.h"
#include "analysis/UnitLoads.h"

namespace warploom {

/// How the lanes of a warp lie to each other.
enum class AccessForm {
    Contiguous,
    Misaligned,  ///< neighbours, but not at a sector's beginning: one sector more a request
    Scattered,
};

/// Loads or stores of a launch to global memory.
struct GlobalAccess {
    double requests = 0;  ///< warp instructions
    double sectors = 0;
    double idealSectors = 0;  ///< that would hold what the lanes asked for, at least one a request
    bool isIdealKnown = false;  ///< else `idealSectors` is the most that any coalesced access needs
    double bytes = 0;  ///< that the lanes asked for; 0 where unknown

    [[nodiscard]] AccessForm form() const;
    [[nodiscard]] double perRequest() const { return sectors / requests; }
    [[nodiscard]] double idealPerRequest() const { return idealSectors / requests; }
    [[nodiscard]] double excess() const { return sectors > idealSectors ? sectors - idealSectors : 0; }
};

/// Nothing where there are none, or where nothing has counted them.
std::optional<GlobalAccess> globalLoads(const ObservedLaunch& launch);
/// Without atomics; nothing where those are too many to be told from stores.
std::optional<GlobalAccess> globalStores(const ObservedLaunch& launch);

/// What is saved if the accesses took no more than their ideal sectors. \p absorbed is the share of the excess that L1
/// keeps from L2; nothing where that is not known.
Saving savingOfExcess(const UnitLoads& loads, const GlobalAccess& access, std::optional<double> absorbed);

}  // namespace warploom
