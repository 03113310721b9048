// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "base/Units.h"
#include "protocol/DeviceFacts.h"

namespace warploom {

/// What one block of a launch takes from its multiprocessor.
struct BlockNeeds {
    std::uint32_t threads = 0;
    std::uint32_t registersPerThread = 0;  ///< 0 when unknown
    Bytes shared;  ///< static and dynamic
};

/// Theoretical occupancy: how many threads of a launch fit on a multiprocessor at once.
struct Occupancy {
    std::uint32_t blocks = 0;  ///< a multiprocessor; 0: a block does not fit at all
    double fraction = 0;  ///< of the threads that the multiprocessor can hold, 0…1
    std::string limiter;  ///< "threads", "blocks", "registers" or "shared-memory"
};

Occupancy occupancy(const BlockNeeds& needs, const DeviceFacts& facts);

void to_json(nlohmann::json& json, const Occupancy& occupancy);

}  // namespace warploom
