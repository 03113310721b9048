// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

// Share of the dense peak that kernels reach: wmma and mma.sync without care a quarter, libraries three quarters.
constexpr double kLeastOfTensorPeak = 0.25;
constexpr double kMostOfTensorPeak = 0.75;

bool usesTensorCores(const ObservedLaunch& launch)
{
    const auto issued = launch.metric("sm__inst_executed_pipe_tensor.sum");
    if (issued)
        return *issued > 0;
    const auto found = launch.mix->counts.find(InstructionClass::Tensor);
    return found != launch.mix->counts.end() && found->second > 0;
}

/// The launch that does most, where it is known of all that they leave tensor cores alone.
const ObservedLaunch* withoutTensorCores(const Observation& observation)
{
    const ObservedLaunch* largest = nullptr;
    for (const ObservedLaunch& launch : observation.launches) {
        const bool isKnown = launch.mix || launch.metric("sm__inst_executed_pipe_tensor.sum");
        if (!isKnown || usesTensorCores(launch))
            return nullptr;
        if (largest == nullptr || observation.shareOf(launch) > observation.shareOf(*largest))
            largest = &launch;
    }
    return largest;
}

std::vector<Finding> lookForTensorWork(const Observation& observation)
{
    const bool isAdmitted = observation.unit == ArithmeticUnit::Tensor || observation.unit == ArithmeticUnit::Tf32;
    const double peak = peakOf(observation.facts, observation.unit);
    const double plain = observation.facts.fp32FlopsPerSecond;
    const double time = observation.time.count();
    if (!isAdmitted || !(peak > plain) || !(plain > 0) || !(observation.facts.dramBytesPerSecond > 0) || !(time > 0))
        return {};
    // Where plain arithmetic keeps up with DRAM there is no need of a faster unit.
    const double intensity = observation.work.bytes() > 0 ? observation.work.flops / observation.work.bytes() : 0;
    const double ridge = plain / observation.facts.dramBytesPerSecond;
    const ObservedLaunch* launch = withoutTensorCores(observation);
    if (launch == nullptr || intensity < ridge)
        return {};
    const double memory = observation.work.bytes() / observation.facts.dramBytesPerSecond * 1e6;
    const auto saved = [&](double reached) {
        const double best = std::max(memory, observation.work.flops / (reached * peak) * 1e6);
        return std::max(0.0, 1 - best / time);
    };
    return {findingAbout(*launch, {saved(kLeastOfTensorPeak), saved(kMostOfTensorPeak)},
                         {{"intensity", intensity},
                          {"times_faster", peak / plain},
                          {"peak_flops_per_second", peak},
                          {"achieved_flops_per_second", observation.work.flops / time * 1e6}})};
}

}  // namespace

Rule unusedTensorCores()
{
    return {.name = "unused-tensor-cores",
            .title = "Tensor cores are not used",
            .sentence = "The task does {intensity} operations a byte and its tolerance admits tensor cores, "
                        "{times_faster} times faster than f32 arithmetic; {kernel} has no mma instruction.",
            .cure = "Compute the contraction by mma or wmma on tiles in shared memory.",
            .bottleneck = Bottleneck::WrongUnit,
            .moves = {"tensor-contraction", "tensor-split", "tensor-double", "attention-tensor", "wgmma-contraction",
                      "attention-wgmma", "lift-zero-points", "write-image"},
            .look = lookForTensorWork};
}

}  // namespace warploom
