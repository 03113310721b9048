// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "analysis/Finding.h"
#include "analysis/Observation.h"

namespace warploom {

/// What limits a variant, and what to do about it.
struct Diagnosis {
    Bottleneck primary = Bottleneck::Unknown;
    std::vector<Finding> findings;  ///< what makes everything else meaningless first, then by the gain to expect
    double shareOfPeak = 0;  ///< of the roofline; 0 when the device's peaks are unknown
    PeakOrigin peakOrigin = PeakOrigin::Theoretical;  ///< of the peak that limits
    double occupancy = 0;  ///< theoretical, of the launch with most blocks; 0 when unknown
    std::string occupancyLimiter;
    std::vector<std::string> unknown;  ///< what could not be looked at, and why: "stalls: no counters of a card"
};

/// Asks every rule, cuts what they promise to what the roofline leaves, and ranks it. Never fails: what is not known is
/// left out.
Diagnosis diagnose(const Observation& observation);

/// What has become of a parent's finding in a child.
enum class FindingChange { Gone, Weaker, Same, Stronger, New };

std::string_view findingChangeName(FindingChange change);

struct ComparedFinding {
    FindingChange change = FindingChange::Same;
    Finding finding;  ///< the child's; the parent's where it is gone
    std::optional<Finding> before;  ///< the parent's; nothing where it is new
};

/// Every finding of both, the child's first in its order.
std::vector<ComparedFinding> compareFindings(const Diagnosis& parent, const Diagnosis& child);

void to_json(nlohmann::json& json, const Diagnosis& diagnosis);
void from_json(const nlohmann::json& json, Diagnosis& diagnosis);

}  // namespace warploom
