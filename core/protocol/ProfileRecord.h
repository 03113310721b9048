// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "protocol/Records.h"

namespace warploom {

using ProfileId = std::int64_t;

/// What limits one evaluation, as a run has found it. An evaluation may have several; the latest stands.
struct ProfileRecord {
    ProfileId id = 0;
    EvaluationId evaluation = 0;
    VariantId variant = 0;  ///< the evaluation's
    VariantId parent = 0;  ///< whose findings `changes` compares with; 0: it has none that were known
    RunId run = 0;
    std::string size;  ///< the time size that was looked at
    std::string tier;  ///< "A"…"E": counters of the card up to there; empty: the emulator's counts alone
    std::string bottleneck;  ///< the first one's name, as experience is kept by it
    nlohmann::json diagnosis = nlohmann::json::object();  ///< a Diagnosis
    nlohmann::json changes = nlohmann::json::array();  ///< what became of the parent's findings: ComparedFindings
    std::vector<std::string> missing;  ///< what could not be had, and why
    UnixMilliseconds created = 0;
};

namespace eventType {
inline constexpr std::string_view kProfileAdded = "profile-added";
/// A best has no profile; data.reason says why, once a run for each reason.
inline constexpr std::string_view kProfileMissing = "profile-missing";
}  // namespace eventType

void to_json(nlohmann::json& json, const ProfileRecord& profile);
void from_json(const nlohmann::json& json, ProfileRecord& profile);

/// The record as events carry it: without the diagnosis.
nlohmann::json summaryOf(const ProfileRecord& profile);

}  // namespace warploom
