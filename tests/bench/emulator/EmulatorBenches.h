// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/Result.h"

namespace warploom::test {

/// Every kernel of a corpus on the emulator and, where \p ordinal is not negative, on that GPU: what they wrote, bit
/// for bit or within what approximations may differ, and what both counted. Prints a table. \p record: a file for what
/// the card wrote and counted, by which tests hold the emulator against it elsewhere; empty: none. \p against: such a
/// file, with which the emulator is compared where no GPU is asked for. Fails where a kernel ends badly or a word is
/// beyond what it may differ.
Result<> benchCorpus(const std::filesystem::path& folder, int ordinal, const std::filesystem::path& record,
                     const std::filesystem::path& against);

/// Kernels with planted faults, and honest ones, on the emulator: how many are judged as they should be. \p record: a
/// file for sources and verdicts, with which planted.py holds them against compute-sanitizer; empty: none. Fails where
/// one is judged otherwise.
Result<> benchPlanted(const std::filesystem::path& record);

/// How fast the emulator is: a tiled product with and without its checks, by threads.
Result<> benchEmulatorSpeed(double seconds);

/// How long the task library's baselines take on their emulator sizes, compiled before: what a pre-flight costs.
Result<> benchPreflight(const std::filesystem::path& kernels);

struct RankingOptions {
    std::string gpu = "h200";  ///< that is modelled
    bool isLong = false;  ///< each time too
    unsigned threads = 1;  ///< workspaces at the same time; each keeps the memory of its task's largest size
};

/// How well the time model orders what workspaces have measured on a card: every right evaluation is modelled at the
/// sizes it was timed at.
Result<> benchRanking(const std::vector<std::string>& workspaces, const RankingOptions& options);

}  // namespace warploom::test
