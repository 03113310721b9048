// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/LaunchSize.h"
#include "analysis/rules/Rules.h"
#include "analysis/rules/Stalls.h"

namespace warploom {

namespace {

/// In large blocks many warps wait for one …
constexpr double kManyWarps = 16;
/// … and here they meet often. A tile step of a contraction has two barriers for a hundred instructions and more.
constexpr double kBarriersPerInstruction = 0.02;
/// A block at a barrier waits for the warp whose load came last: a latency of L2, resources/devices/h100.toml.
constexpr double kSlowestWarpCycles = 262;

/// The sign that is there without a card's stalls; where those are known, barrier-bound speaks.
std::optional<Finding> manyBarriers(const Observation& observation, const UnitLoads& loads,
                                    const ObservedLaunch& launch)
{
    if (!launch.counts || stallShare(launch, "barrier"))
        return std::nullopt;
    const LaunchSize size(launch, observation.facts);
    const auto instructions = static_cast<double>(launch.counts->warpInstructions);
    const auto barriers = static_cast<double>(launch.counts->barriers);
    if (size.warpsPerBlock < kManyWarps || !(size.waves > 0) || !(instructions > 0)
        || barriers < kBarriersPerInstruction * instructions)
        return std::nullopt;
    // At most every barrier costs its block a wait that no other block hides.
    const double perBlock = barriers / (static_cast<double>(launch.shape.blocks) * size.warpsPerBlock);
    const double waits = std::ceil(size.waves) * perBlock * kSlowestWarpCycles;
    const double cycles = observation.time.count() * observation.facts.clockMhz;
    const double most = cycles > 0 ? std::min(waits / cycles, 1 - loads.most()) : 0;
    return findingAbout(launch, {0, most},
                        {{"barriers_per_block", perBlock},
                         {"instructions_per_barrier", instructions / barriers},
                         {"threads_per_block", static_cast<double>(launch.shape.threadsPerBlock)}});
}

}  // namespace

Rule frequentBarriers()
{
    return {.name = "frequent-barriers",
            .title = "Large blocks meet at barriers often",
            .sentence = "Blocks of {threads_per_block} threads of {kernel} meet at a barrier every "
                        "{instructions_per_barrier} instructions, {barriers_per_block} times.",
            .cure = "Use smaller blocks, finish reductions within a warp by shuffles, or double-buffer so that one "
                    "barrier a step is enough.",
            .bottleneck = Bottleneck::Barriers,
            .moves = {"literal-tunable", "row-per-block", "shuffle-tree"},
            .look = [](const Observation& observation) { return findingsByKernel(observation, manyBarriers); }};
}

}  // namespace warploom
