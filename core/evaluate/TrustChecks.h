// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "protocol/Records.h"

namespace warploom {

/// Where a check stands. Only what has passed counts.
enum class CheckState {
    Passed,
    Failed,
    Pending,  ///< not made yet, or could not be made: the detail says which
    NotApplicable,  ///< on this device, ever
};

std::string_view checkStateName(CheckState state);

/// Adds a check to the record and brings its trust up to date. Names are listed in docs/formats.md.
void addCheck(EvaluationRecord& record, int level, std::string_view name, CheckState state, std::string detail = {});
/// Replaces the check of this name, or adds it.
void setCheck(EvaluationRecord& record, int level, std::string_view name, CheckState state, std::string detail = {});
/// The highest level at and below which every level has a check and all of them have passed; -1 where nothing has.
int trustOf(const nlohmann::json& checks);

namespace trustCheck {
inline constexpr std::string_view kCompiled = "compiled";
inline constexpr std::string_view kRan = "ran, wrote every element";
inline constexpr std::string_view kRunsWhenTimed = "runs at every time size";
inline constexpr std::string_view kKnownFills = "right on every size with known fills";
inline constexpr std::string_view kHiddenCases = "right on hidden cases";
inline constexpr std::string_view kTrivial = "trivial answers fail";
inline constexpr std::string_view kSurroundings = "inputs unchanged, nothing written outside";
inline constexpr std::string_view kPrecision = "as precise as the baseline, within what the task allows";
inline constexpr std::string_view kTimedOutputs = "outputs of timed launches right";
inline constexpr std::string_view kFloor = "not faster than physics";
inline constexpr std::string_view kFreshProcess = "confirmed in a fresh process";
inline constexpr std::string_view kMemoryChecks = "clean under memory and race checks";
}  // namespace trustCheck

}  // namespace warploom
