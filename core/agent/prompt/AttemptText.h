// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "agent/Agent.h"

namespace warploom {

/// Why an evaluation ended as it did, without what agents must not know: expected values, and sizes and places of
/// hidden cases.
std::string tellableMessage(const EvaluationRecord& record);

/// What a failed evaluation shows, beyond its message: errors of the compiler with their lines, the worst case, faults.
/// \p source is what was evaluated. Empty where it shows no more.
std::string evidenceText(const EvaluationRecord& record, const std::string& source);

/// "ok, 123 µs [121, 125] measured, 1.43× [1.41, 1.45] the baseline's speed", or "wrong: …"
std::string outcomeText(const EvaluationRecord& record);

/// "#12 pad-tile “Pad the tile” by llm: ok, …"; "not evaluated yet" where there is no record.
std::string attemptLine(const Attempt& attempt);

/// "#12 pad-tile “Pad the tile” by llm"
std::string variantName(const VariantRecord& variant);

}  // namespace warploom
