// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/Counters.h"
#include "protocol/InstructionReport.h"

namespace warploom {

/// Exact counts of a card (InstructionFigure::Counts) under the names of the emulator's, by line from 1.
std::map<int, LineCounters> countedLines(const InstructionReport& counts);

/// Where warps stood, at one line or instruction.
struct StallFigures {
    std::uint64_t samples = 0;
    std::uint64_t stalled = 0;  ///< of these, not chosen and not ready
    std::map<std::string, std::uint64_t> reasons;  ///< samples by reason

    /// The commonest first, without "selected" and "not_selected".
    [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> ranked() const;
};

/// Of an instruction's values in an InstructionFigure::Stalls report.
StallFigures stallsOf(const std::map<std::string, std::uint64_t>& values);
/// By line from 1; instructions without a line are left out.
std::map<int, StallFigures> stalledLines(const InstructionReport& stalls);
/// "long_scoreboard" → what a person calls it: "waiting for global or local memory".
std::string_view stallReasonText(std::string_view reason);

}  // namespace warploom
