// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "analysis/Occupancy.h"

namespace warploom {

/// The smallest change of one of a block's needs that raises theoretical occupancy.
struct OccupancyStep {
    std::string need;  ///< "registers" a thread, "shared-memory" bytes, "threads" a block
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    Occupancy occupancy;  ///< then
};

/// One step for each need that alone can raise it, the highest occupancy first; none where it is full, or where only
/// several changes together would help.
std::vector<OccupancyStep> occupancySteps(const BlockNeeds& needs, const DeviceFacts& facts);

void to_json(nlohmann::json& json, const OccupancyStep& step);

}  // namespace warploom
