// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/rules/OccupancyLimit.h"

#include <algorithm>

#include "analysis/OccupancyStep.h"
#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/LaunchSize.h"

namespace warploom {

namespace {

std::optional<OccupancyStep> stepOf(const ObservedLaunch& launch, std::string_view need, const DeviceFacts& facts)
{
    BlockNeeds needs{launch.shape.threadsPerBlock, 0, launch.shape.dynamicShared};
    if (launch.resources) {
        needs.registersPerThread = launch.resources->registers;
        needs.shared += Bytes{launch.resources->sharedBytes};
    }
    for (OccupancyStep& step : occupancySteps(needs, facts))
        if (step.need == need)
            return std::move(step);
    return std::nullopt;
}

}  // namespace

std::optional<Finding> limitedOccupancy(const OccupancyLimit& limit, const Observation& observation,
                                        const UnitLoads& loads, const ObservedLaunch& launch)
{
    const LaunchSize size(launch, observation.facts);
    const double now = size.occupancy.fraction;
    if (!launch.resources || !loads.isCounted() || size.occupancy.limiter != limit.limiter || !(now > 0)
        || now >= limit.enough || loads.most() >= kBusy)
        return std::nullopt;
    const auto step = stepOf(launch, limit.need, observation.facts);
    // Where there are no blocks for it, room for them is of no use.
    if (!step || launch.shape.blocks < std::uint64_t{step->occupancy.blocks} * observation.facts.multiprocessors)
        return std::nullopt;
    const double then = std::max(step->occupancy.fraction, limit.enough);
    const double slack = 1 - loads.most() / kReachable;
    const double shared =
        static_cast<double>(launch.resources->sharedBytes) + static_cast<double>(launch.shape.dynamicShared.value);
    return findingAbout(launch, {0, observation.shareOf(launch) * std::min(1 - now / then, slack)},
                        {{"occupancy_share", now},
                         {"reached_share", step->occupancy.fraction},
                         {limit.need == "shared-memory" ? "needed_bytes" : "needed", static_cast<double>(step->to)},
                         {"registers", static_cast<double>(launch.resources->registers)},
                         {"shared_bytes", shared},
                         {"threads_per_block", static_cast<double>(launch.shape.threadsPerBlock)},
                         {"busiest_share", loads.most()}});
}

}  // namespace warploom
