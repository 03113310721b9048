// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>
#include <vector>

#include "agent/answer/ParsedAnswer.h"
#include "base/Result.h"

namespace warploom {

/// Most proposals that are taken from one answer of a program.
inline constexpr std::size_t kMostProposals = 64;

/// Reads what a program answers: the object that docs/formats.md describes, or text as a model writes it. Each
/// proposal that is faulty says so itself; an object that breaks the format is InvalidInput. No proposals are an empty
/// list.
Result<std::vector<ParsedAnswer>> parseCommandAnswer(std::string_view text, std::string_view parent);

}  // namespace warploom
