// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include "device/Device.h"

namespace warploom {

// What judge and runner say to each other about runs; addresses are the runner's own.

nlohmann::json stepsToJson(const std::vector<DeviceStep>& steps);
/// ProtocolViolation for anything else.
Result<std::vector<DeviceStep>> stepsFromJson(const nlohmann::json& json);
nlohmann::json outcomeToJson(const RunOutcome& outcome);
RunOutcome runOutcomeFromJson(const nlohmann::json& json);
nlohmann::json outcomeToJson(const TimingOutcome& outcome);
TimingOutcome timingOutcomeFromJson(const nlohmann::json& json);

/// Number of the descriptor on which a runner receives the memory that the judge shares with it.
constexpr int kRunnerSocket = 3;

}  // namespace warploom
