// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdio>

#include <fmt/format.h>

#include "Commands.h"
#include "PeaksText.h"
#include "Terminal.h"
#include "engine/PeakCache.h"
#include "engine/RunPlan.h"

namespace warploom {

namespace {

struct FoundPeaks {
    DeviceFacts facts;
    std::optional<DevicePeaks> measured;
    bool isKept = false;  ///< taken from the workspace
};

Result<FoundPeaks> find(const PeaksOptions& options, const std::string& device, PeakCache& cache, std::stop_token stop)
{
    FoundPeaks found;
    auto judge = WorkerJudge::start(device, stop);
    if (!judge)
        return fail(asMachineError(std::move(judge).error()));
    found.facts = (*judge)->facts();
    if (found.facts.modelled)
        return found;
    if (!options.again)
        found.measured = cache.find(found.facts);
    found.isKept = found.measured.has_value();
    if (found.isKept)
        return found;
    WARPLOOM_TRY(found.measured, (*judge)->peaks(std::move(stop)));
    cache.add(*found.measured);
    return found;
}

Result<FoundPeaks> findAndKeep(const PeaksOptions& options, std::stop_token stop)
{
    WARPLOOM_TRY(const std::string device, deviceForRun(options.device));
    PeakCache cache;
    if (options.workspace.empty())
        return find(options, device, cache, std::move(stop));
    // Before anything is measured: another host may have it.
    WARPLOOM_TRY(Workspace workspace, Workspace::open(options.workspace, Workspace::Mode::Create));
    WARPLOOM_CHECK(cache.load(workspace));
    WARPLOOM_TRY(FoundPeaks found, find(options, device, cache, std::move(stop)));
    WARPLOOM_TRY(const auto stored, cache.store(workspace));
    return found;
}

nlohmann::json asJson(const FoundPeaks& found)
{
    nlohmann::json json = {{"device", found.facts}, {"peaks", Peaks(found.facts, found.measured)}};
    if (found.measured) {
        json["measured"] = *found.measured;
        json["from_workspace"] = found.isKept;
    }
    return json;
}

}  // namespace

int runPeaks(const PeaksOptions& options, const Interrupt& interrupt)
{
    const auto found = findAndKeep(options, interrupt.token());
    if (!found)
        return complain(found.error());
    if (options.json)
        return printJson(asJson(*found));
    fmt::print("{} ({})\n", found->facts.id, found->facts.name);
    if (found->measured)
        fmt::print("\nMicro-benchmarks{}\n{}", found->isKept ? ", as the workspace holds them" : "",
                   benchmarksText(*found->measured, found->facts));
    else
        fmt::print("  on the emulator nothing is measured: peaks of the card that it describes\n");
    fmt::print("\nPeaks that figures are held against\n{}", peaksText(Peaks(found->facts, found->measured)));
    return finishOutput(kFine);
}

}  // namespace warploom
