// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/Result.h"

namespace warploom {

/// What became of one table.
struct SalvagedTable {
    std::string name;
    std::int64_t read = 0;  ///< rows that are as they were
    std::vector<std::int64_t> restored;  ///< ids of rows made again from their events: a variant without its text, an
                                         ///< evaluation without evidence
    std::vector<std::int64_t> placeholders;  ///< ids of rows that others refer to and of which nothing is known
    std::vector<std::pair<std::int64_t, std::int64_t>> lost;  ///< first and last id of each gap

    [[nodiscard]] std::int64_t lostRows() const;
};

struct SalvageReport {
    std::vector<SalvagedTable> tables;
    std::vector<std::string> notes;  ///< a sentence each
    std::uint64_t unreadable = 0;  ///< rows that were begun and could not be read: a further copy, or one that is lost
    std::uint64_t unreadableBlocks = 0;  ///< of 4096 bytes that the medium did not give
    std::uint64_t missing = 0;  ///< rows without numbers that events tell of: files of tasks, experience

    /// Every row that the file must have had is there as it was, as far as rows have numbers or events tell of them.
    [[nodiscard]] bool isComplete() const;
};

void to_json(nlohmann::json& json, const SalvageReport& report);

/// Reads from a damaged workspace what can be read, into a new one with an identity of its own and an event "salvaged".
/// \p damaged is not touched; \p saved appears once it is whole. Fails with Locked while somebody writes it,
/// InvalidArgument where \p saved exists, NotAWorkspace where nothing of a workspace is found, TooNew, DiskFull,
/// IoFailed.
Result<SalvageReport> salvage(const std::filesystem::path& damaged, const std::filesystem::path& saved);

/// "17, 90–91": for people; at most a dozen, then an ellipsis.
std::string rangesText(const std::vector<std::pair<std::int64_t, std::int64_t>>& ranges);

}  // namespace warploom
