// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace warploom {

/// Groups of hardware counters that are read together; passes are those of a GH100 (H100, H200).
enum class MetricTier {
    Summary,  ///< A: time, cycles, achieved occupancy, issue, DRAM, L2, tensor: one pass
    Memory,  ///< B: sectors, requests, hits, bank conflicts
    Stalls,  ///< C: why warps wait
    Pipes,  ///< D: what each unit does
    Mix,  ///< E: instructions by kind
};

/// 'A'…'E', as people ask for them: everything up to that tier. Nothing for another letter.
std::optional<MetricTier> metricTierFromLetter(char letter);
/// CUPTI's names, for the tier alone.
std::span<const std::string_view> metricsOf(MetricTier tier);
/// Those of this tier and all before it.
std::vector<std::string> metricsUpTo(MetricTier tier);

}  // namespace warploom
