// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/Error.h"

namespace warploom {

/// How an evaluation ended (docs/formats.md lists what each one means).
enum class Verdict {
    Ok,
    Invalid,
    CompileError,
    LaunchError,
    Wrong,
    Nondeterministic,
    OutOfBounds,
    Race,
    Timeout,
    Crashed,
    Suspect,
    NotEmulated,
};

std::string_view verdictName(Verdict verdict);
std::optional<Verdict> verdictFromName(std::string_view name);
const std::vector<Verdict>& allVerdicts();

/// What a device reports when a run does not end well; the evidence behind every verdict but ok and wrong.
struct Fault {
    Verdict verdict = Verdict::Crashed;
    std::string message;  ///< one line: "reads 4 bytes at x + 4096, 0 bytes past its end"
    SourcePlace place;  ///< line of the kernel's source where known
    std::string instruction;  ///< PTX or SASS text where known
    std::string buffer;  ///< name of the buffer concerned
    std::optional<std::int64_t> byteOffset;  ///< into that buffer
    std::vector<std::uint32_t> block;  ///< x, y, z of the block that met it; empty when unknown
    std::vector<std::uint32_t> thread;  ///< x, y, z within the block
    std::string deviceError;  ///< driver's own words ("CUDA_ERROR_ILLEGAL_ADDRESS")
    bool sticky = false;  ///< the process's context is unusable from here on
};

/// Something that a run showed and that is no fault by itself.
struct RunNote {
    std::string kind;  ///< "first-nan": where a launch first made not-a-number of numbers
    std::string message;
    SourcePlace place;
    std::string instruction;
    std::vector<std::uint32_t> block;
    std::vector<std::uint32_t> thread;
};

void to_json(nlohmann::json& json, const SourcePlace& place);
void from_json(const nlohmann::json& json, SourcePlace& place);
void to_json(nlohmann::json& json, const Fault& fault);
void from_json(const nlohmann::json& json, Fault& fault);
void to_json(nlohmann::json& json, const RunNote& note);
void from_json(const nlohmann::json& json, RunNote& note);

}  // namespace warploom
