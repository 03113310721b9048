// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "profiler/EvidenceRows.h"

namespace warploom {

/// The text under \p name; empty where there is none.
std::string textOf(const nlohmann::json& json, const char* name);
/// The number under \p name, infinities and not-a-number too, which JSON holds as text; nothing where there is none.
std::optional<double> numberOf(const nlohmann::json& json, const char* name);

/// Facts of \p evidence (an object) and of the checks that \p rows has already.
void addFacts(EvidenceRows& rows, const nlohmann::json& evidence);

}  // namespace warploom
