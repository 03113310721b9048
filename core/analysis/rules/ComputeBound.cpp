// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

/// Of the unit's peak, which chains of FMA all but reach: cuBLAS reaches 0.77 of an H100's f32, hand-written kernels
/// seldom 0.7.
constexpr double kNearArithmeticPeak = 0.7;

std::vector<Finding> lookForArithmetic(const Observation& observation)
{
    const auto limit = observation.limit();
    if (!limit || limit->side != RooflineSide::Compute || !(observation.time.count() > 0)
        || limit->computeTime < kNearArithmeticPeak * observation.time)
        return {};
    Finding finding;
    finding.numbers = {{"achieved_flops_per_second", limit->achievedFlopsPerSecond(observation.time)},
                       {"peak_flops_per_second", limit->computePeak.perSecond},
                       {"peak_share", limit->computeTime / observation.time}};
    return {finding};
}

}  // namespace

Rule computeBound()
{
    return {.name = "compute-bound",
            .title = "At the limit of arithmetic",
            .sentence = "The operations that the task needs go at {achieved_flops_per_second}, {peak_share} of the "
                        "peak: there is little left to gain.",
            .cure = "Only fewer operations, or a type that a faster unit takes, would help.",
            .bottleneck = Bottleneck::Compute,
            .standing = Standing::Limit,
            .look = lookForArithmetic};
}

}  // namespace warploom
