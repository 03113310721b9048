// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "protocol/Verdict.h"

namespace warploom {

/// What is known of one instruction of the machine code.
struct InstructionFigures {
    std::string function;  ///< lowered name of the kernel, or of a function that it calls
    std::uint32_t address = 0;  ///< bytes into the function
    int line = 0;  ///< of the variant's text, from 1; 0: unknown
    std::map<std::string, std::uint64_t> values;  ///< by name; zeros are left out

    [[nodiscard]] std::uint64_t value(const std::string& name) const;
};

/// Which figures an InstructionReport holds.
enum class InstructionFigure {
    Stalls,  ///< samples of the program counter, by why the warp did not issue: "long_scoreboard", "selected" …
    Counts,  ///< exact counts by patched instructions, by CUPTI's name: "smsp__sass_inst_executed"
};

std::string_view instructionFigureName(InstructionFigure figure);
std::optional<InstructionFigure> instructionFigureFromName(std::string_view name);

/// One plan at one size, instruction by instruction, as a card tells it. No time is ever taken from it.
struct InstructionReport {
    InstructionFigure figure = InstructionFigure::Stalls;
    std::string size;
    std::string chip;  ///< "GH100"
    std::vector<InstructionFigures> instructions;  ///< by function and address; of all launches of the plan together
    std::vector<std::string> unknown;  ///< what this chip does not count
    int plays = 0;  ///< how often the plan was run for it; counts are of one run, samples of all
    std::uint64_t samples = 0;  ///< Stalls: taken
    std::uint64_t dropped = 0;  ///< Stalls: lost for want of room
    double seconds = 0;  ///< that it took
    std::optional<Fault> fault;
};

/// Figures of all instructions of a line, by line; those without a line stand under 0.
std::map<int, std::map<std::string, std::uint64_t>> byLine(const InstructionReport& report);

/// Samples in which a warp was ready or busy are no stalls; this tells whether \p reason is one.
bool isStall(std::string_view reason);

void to_json(nlohmann::json& json, const InstructionReport& report);
void from_json(const nlohmann::json& json, InstructionReport& report);

}  // namespace warploom
