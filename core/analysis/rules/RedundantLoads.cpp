// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "analysis/rules/GlobalAccess.h"
#include "analysis/rules/LaunchFindings.h"
#include "analysis/rules/Rules.h"

namespace warploom {

namespace {

/// Times that the task's input is loaded. Halos and second looks at a few rows are less.
constexpr double kLoadedTooOften = 1.5;
/// A launch that loads this share of the input goes over all of it, and has to fetch it again where L2 is too small.
constexpr double kWholePass = 0.5;

/// Bytes that lanes asked for, those of lanes with the same address once; what scattered lanes waste is not in it.
double usefulBytes(const ObservedLaunch& launch)
{
    const auto access = globalLoads(launch);
    if (!access)
        return 0;
    const double moved = access->sectors * kBytesInSector;
    return access->bytes > 0 ? std::min(access->bytes, moved) : moved;
}

/// Passes through L1: a request takes one at least, however few sectors it touches.
double loadPasses(const ObservedLaunch& launch)
{
    const auto access = globalLoads(launch);
    return access ? std::max(access->requests, access->sectors / kSectorsInPass) : 0;
}

/// Share of the time that DRAM takes for the input's second and later passes, each in a launch of its own.
double laterPasses(const Observation& observation, const UnitLoads& loads)
{
    const double needed = observation.work.readBytes;
    if (needed <= static_cast<double>(observation.facts.l2Size.value))
        return 0;
    double passes = 0;
    for (const ObservedLaunch& launch : observation.launches)
        passes += usefulBytes(launch) >= kWholePass * needed ? 1 : 0;
    return passes > 1 ? std::min(1.0, loads.share(Unit::Dram, (passes - 1) * needed)) : 0;
}

std::vector<Finding> lookForRepeatedLoads(const Observation& observation)
{
    const double needed = observation.work.readBytes;
    const ObservedLaunch* largest = nullptr;
    double loaded = 0;
    double most = 0;
    double passes = 0;
    for (const ObservedLaunch& launch : observation.launches) {
        const double bytes = usefulBytes(launch);
        loaded += bytes;
        passes += loadPasses(launch);
        if (bytes > most) {
            most = bytes;
            largest = &launch;
        }
    }
    // What a kernel leaves in scratch has to be read again.
    const double allowed = needed + static_cast<double>(observation.scratchBytes);
    if (largest == nullptr || !(needed > 0) || loaded < kLoadedTooOften * allowed)
        return {};
    // At least the passes through L1; at most what L2 delivers, or DRAM where passes are launches.
    const UnitLoads loads(observation);
    const double excess = loaded - allowed;
    const Saving saving = loads.without({{Unit::L1, loads.share(Unit::L1, passes * excess / loaded)},
                                         {Unit::L2, loads.share(Unit::L2, excess / kBytesInSector), false}});
    Finding finding =
        findingAbout(*largest, {saving.low, std::max(saving.high, laterPasses(observation, loads))},
                     {{"loaded_bytes", loaded}, {"needed_bytes", needed}, {"times_loaded", loaded / needed}});
    finding.lines =
        worstLines(*largest, [](const LineCounters& line) { return static_cast<double>(line.globalSectors); });
    return {finding};
}

}  // namespace

Rule redundantLoads()
{
    return {
        .name = "redundant-loads",
        .title = "The same data is loaded again and again",
        .sentence = "{loaded_bytes} are loaded where the task has {needed_bytes} of input: each byte "
                    "{times_loaded} times, most of it by {kernel}.",
        .cure = "Keep it: in registers for more results a thread, in shared memory for the block; merge passes "
                "over the input.",
        .bottleneck = Bottleneck::RedundantTraffic,
        .moves =
            {"tile-contraction", "pipeline-contraction", "tensor-contraction", "row-per-block",    "keep-row",
             "keep-column",      "fuse-passes",          "accumulate-local",   "specialise-size",  "window",
             "march-planes",     "scan-single-pass",     "tensor-split",       "attention-tensor", "attention-tiles",
             "pair-tiles",       "wgmma-contraction",    "attention-wgmma",    "flash-decoding",   "stage-window",
             "share-windows",    "write-image",          "tensor-double",      "tile-loop"},
        .look = lookForRepeatedLoads};
}

}  // namespace warploom
