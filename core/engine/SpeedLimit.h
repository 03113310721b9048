// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "analysis/Diagnosis.h"
#include "protocol/Records.h"

namespace warploom {

/// Where a variant stands by its findings: "memory-bandwidth, 91 % of the theoretical peak; remaining: tail-effect up
/// to 1.05×". Empty where nothing is known.
std::string standingOf(const Diagnosis& diagnosis);

/// Whether \p evaluation runs so near to what limits it, at every timed size, that no variant can be noticeably faster:
/// by its counters, and by what the task's work takes at least. \p diagnosis is of one of its sizes. Never on the
/// emulator, whose limits are its own.
bool isAtLimit(const EvaluationRecord& evaluation, const Diagnosis& diagnosis);

}  // namespace warploom
