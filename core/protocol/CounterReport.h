// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "protocol/Verdict.h"

namespace warploom {

/// What a card's counters say of one launch of a plan.
struct LaunchMetrics {
    std::string kernel;  ///< lowered name
    std::map<std::string, double> metrics;  ///< by CUPTI's name
};

/// One plan at one size, counted in several passes. No time is ever taken from it.
struct CounterReport {
    std::string size;
    std::vector<LaunchMetrics> launches;  ///< in the order of the plan
    std::vector<std::string> unknown;  ///< metrics that this chip does not have
    std::string chip;  ///< "GH100"
    int passes = 0;
    bool cold = true;  ///< L2 was evicted before each pass
    double seconds = 0;  ///< that counting took
    std::optional<Fault> fault;
};

void to_json(nlohmann::json& json, const CounterReport& report);
void from_json(const nlohmann::json& json, CounterReport& report);

}  // namespace warploom
