// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "analysis/Observation.h"

namespace warploom {

/// What rules could not look at, each source once: "stalls: no counters of a card".
std::vector<std::string> missingSources(const Observation& observation);

}  // namespace warploom
