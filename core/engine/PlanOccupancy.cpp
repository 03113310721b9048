// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/PlanOccupancy.h"

#include <algorithm>

#include "variant/LaunchPlan.h"

namespace warploom {

namespace {

const PlanLaunch* largestLaunch(const LaunchPlan& plan)
{
    const PlanLaunch* largest = nullptr;
    const auto threads = [](const PlanLaunch& launch) { return launch.grid.count() * launch.block.count(); };
    for (const PlanStep& step : plan.steps) {
        const auto* launch = std::get_if<PlanLaunch>(&step);
        if (launch != nullptr && (largest == nullptr || threads(*launch) > threads(*largest)))
            largest = launch;
    }
    return largest;
}

}  // namespace

std::optional<Occupancy> planOccupancy(const Task& task, const std::string& source, const Configuration& configuration,
                                       const std::vector<KernelResources>& kernels, const DeviceFacts& facts)
{
    const auto sizes = task.timeSizes();
    const auto directives = parseDirectives(source, "kernel.cu");
    if (sizes.empty() || !directives)
        return std::nullopt;
    const auto plan = resolvePlan(*directives, task, configuration, sizes.front()->values);
    const PlanLaunch* launch = plan ? largestLaunch(*plan) : nullptr;
    if (launch == nullptr)
        return std::nullopt;
    const auto kernel = std::find_if(kernels.begin(), kernels.end(),
                                     [launch](const auto& resources) { return resources.name == launch->kernel; });
    if (kernel == kernels.end())
        return std::nullopt;
    BlockNeeds needs;
    needs.threads = static_cast<std::uint32_t>(launch->block.count());
    needs.registersPerThread = kernel->registers;
    needs.shared = launch->dynamicShared + Bytes{kernel->sharedBytes};
    return occupancy(needs, facts);
}

void noteOccupancy(EvaluationRecord& evaluation, const Task& task, const std::string& source, const DeviceFacts& facts)
{
    if (!evaluation.resources.is_array() || evaluation.resources.empty())
        return;
    const auto kernels = evaluation.resources.get<std::vector<KernelResources>>();
    if (const auto found = planOccupancy(task, source, evaluation.configuration, kernels, facts)) {
        evaluation.evidence["occupancy"] = found->fraction;
        evaluation.evidence["occupancy_limiter"] = found->limiter;
    }
}

}  // namespace warploom
