// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "protocol/KernelSketch.h"
#include "task/Expression.h"

namespace warploom {

/// One size of a task to be, with a value for each of the task's four sizes.
struct PlannedSize {
    SketchSize sketch;
    std::int64_t time = 1;  ///< fills a card
    std::int64_t ragged = 1;  ///< nothing divides it that needs not
    std::int64_t emulator = 1;
    std::int64_t emulatorRagged = 1;
};

/// What the values depend on.
struct SizeDemand {
    int workDegree = 1;  ///< see KernelSketch
    int dataDegree = 1;
    bool addsAtomically = false;  ///< many floats into one place: less of them, for they drift
    /// Bytes of all buffers under a scope of sizes.
    std::function<std::uint64_t(const ExpressionScope&)> bytes;
};

/// Values for every size; \p answers are kept for timing.
std::vector<PlannedSize> guessSizes(const std::vector<SketchSize>& sizes, const SizeDemand& demand,
                                    const std::map<std::string, std::int64_t>& answers);

}  // namespace warploom
