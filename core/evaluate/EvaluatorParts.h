// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "evaluate/Evaluator.h"

namespace warploom {

// What the parts of the evaluator share.

void reportStep(const ProgressSink& progress, const char* stage, const std::string& size, int rounds = 0);
/// The emulator interprets candidates in the judge's own process: when that dies or hangs, so has the candidate.
std::optional<Fault> faultOfLostJudge(const Error& error, const DeviceFacts& facts);
/// The candidate was right on the verify sizes and fails at a time size.
void failAt(EvaluationRecord& record, const char* what, const std::string& size, const Fault& fault);

}  // namespace warploom
