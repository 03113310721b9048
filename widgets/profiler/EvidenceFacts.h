// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "profiler/EvidenceRows.h"

namespace warploom {

/// A fault that ended a run at \p size.
FactRow faultFact(const Fault& fault, const std::string& size);

/// What a run at \p size has shown.
FactRow noteFact(const RunNote& note, const std::string& size);

/// Facts of \p evidence (an object) and of the checks that \p rows has already; not the faults of cases.
void addFacts(EvidenceRows& rows, const nlohmann::json& evidence);

}  // namespace warploom
