// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "analysis/Observation.h"
#include "analysis/UnitLoads.h"

namespace warploom {

/// Sectors that a card's counters say local memory took, spills and arrays together.
std::optional<double> localSectorsOnCard(const ObservedLaunch& launch);

/// Bytes a thread that ptxas says it spills and reloads; nothing where the compiler is not known.
std::optional<double> spillBytes(const ObservedLaunch& launch);

/// What is saved if \p sectors of local memory are not moved. At least the passes through L1, which holds most of local
/// memory; at most as if all of them went to L2.
Saving savingOfLocal(const UnitLoads& loads, double sectors);

}  // namespace warploom
