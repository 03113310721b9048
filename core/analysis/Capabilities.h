// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "analysis/CounterObstacle.h"
#include "analysis/Observation.h"

namespace warploom {

/// What a profile may be able to read, in the order of a checklist.
enum class Capability {
    Compile,
    Run,
    Time,
    StaticFigures,
    Sass,
    EmulatorCounts,
    CardCounters,
    StallsByLine,
    ExactLineCounts,
};

/// Stable: "card-counters".
std::string_view capabilityName(Capability capability);

/// Whether something could be read, and if not, why, and what would allow it.
struct CapabilityState {
    Capability capability = Capability::Compile;
    std::string title;  ///< "Counters of the card"
    bool isThere = false;
    std::string detail;  ///< where it is there, what it is of; else why it is not
    std::vector<Remedy> remedies;  ///< what would bring it, or better than it is; empty where nothing is known to

    friend bool operator==(const CapabilityState&, const CapabilityState&) = default;
};

/// What a profile says of where its figures are from.
struct CapabilityEvidence {
    const Observation& observation;
    const std::vector<std::string>& missing;  ///< sentences: "counters of the card: …"
    bool hasStallsByLine = false;
    bool hasCardLineCounts = false;  ///< by source line, of the card
    InstallationPaths paths;
};

/// Every capability, in the enumeration's order.
std::vector<CapabilityState> capabilitiesOf(const CapabilityEvidence& evidence);
/// The list as text, with the commands: to be pasted into a question to whoever runs the machine.
std::string capabilitiesText(const std::vector<CapabilityState>& states);

void to_json(nlohmann::json& json, const CapabilityState& state);

}  // namespace warploom
