// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "protocol/Records.h"

namespace warploom {

// An evaluation as an agent may see it. Hidden cases stay hidden: of them there is what the record's message says.

/// "12.3 µs": three significant digits.
std::string microsecondsText(double microseconds);
/// {"estimate", "low", "high", "kind"}: kind is "measured" or "modelled".
nlohmann::json intervalView(const Interval& interval, bool isModelled);
/// Verdict, trust, figures, checks, the compiler's lines, the first case that failed, faults, resources.
nlohmann::json evaluationView(const EvaluationRecord& record);
/// The same in lines.
std::string evaluationText(const EvaluationRecord& record);
/// "2.41× over the baseline [2.38, 2.44], 12.3 µs [12.2, 12.4], cold, 16 rounds"; what was modelled says so.
std::string figuresLine(const EvaluationRecord& record);
/// "BLOCK=256 VEC=4"
std::string configurationWords(const Configuration& configuration);

}  // namespace warploom
