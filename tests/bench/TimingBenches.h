// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/Result.h"
#include "base/Units.h"

namespace warploom::test {

// Each prints a table. They need a GPU; `time` is what a section may take.

/// Kernels beside themselves: how often they are called different.
Result<> benchEqualPairs(const std::string& device, Seconds time);
/// Kernels that are slower by little, and are known to be: how often it is found.
Result<> benchSlowerPairs(const std::string& device, Seconds time);
/// What a decision costs: with looks, with all rounds, with 100 launches as others do it.
Result<> benchCosts(const std::string& device, Seconds time);
/// The same kernels after an eviction by reading, after a fill of L2's size, and without either.
Result<> benchColdness(int ordinal);
/// Events against the card's own stamps.
Result<> benchAgainstCupti(int ordinal);
/// Verifies a kernel (the baseline where \p variant is empty) at one size with a single run in this process, for
/// another profiler to look at.
Result<> runOnce(int ordinal, const std::string& taskPath, const std::string& variant, std::string size);
/// Warploom's micro-benchmarks of the card: measured, theoretical, share. \p only: kernels; all where it is empty.
Result<> benchPeaks(int ordinal, const std::vector<std::string>& only);
/// Everything above as far as it goes without a card: tasks are made and compiled.
Result<> checkBenchSources();

}  // namespace warploom::test
