// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "analysis/Diagnosis.h"

namespace warploom {

/// A bottleneck as it stands in a sentence: "scattered memory accesses".
std::string_view bottleneckWords(Bottleneck bottleneck);

/// What a move has done to its parent's findings: "“Loads are not coalesced” went away; now limited by bank conflicts
/// of shared memory." Findings that stayed are named only where nothing else has changed, honest limits not at all.
/// Empty where there is nothing to name.
std::string changeSentence(const std::vector<ComparedFinding>& changes, Bottleneck now);

/// As records keep them: what changed, rule, bottleneck and kernel; the numbers are in the diagnoses.
nlohmann::json changesJson(const std::vector<ComparedFinding>& changes);
/// What is not understood is left out.
std::vector<ComparedFinding> changesFromJson(const nlohmann::json& json);

}  // namespace warploom
