// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "Commands.h"
#include "ProfileText.h"
#include "Terminal.h"
#include "VariantFiles.h"
#include "base/Files.h"
#include "engine/RunPlan.h"
#include "engine/VariantProfile.h"
#include "task/TaskLoader.h"

namespace warploom {

namespace {

Result<std::unique_ptr<EvaluationRig>> rigFor(const ProfileOptions& options, std::stop_token stop)
{
    WARPLOOM_TRY(const Task task, loadTask(options.task));
    WARPLOOM_TRY(const std::string device, deviceForRun(options.device));
    auto rig = EvaluationRig::start(task, device, stop);
    if (!rig)
        return fail(asMachineError(std::move(rig).error()));
    return rig;
}

Result<> loadPeaks(PeakCache& cache, const std::string& path)
{
    if (path.empty())
        return {};
    WARPLOOM_TRY(Workspace workspace, Workspace::open(path, Workspace::Mode::ReadOnly));
    return cache.load(workspace);
}

Result<ProfiledFile> profiled(EvaluationRig& rig, const ProfileOptions& options, const std::string& path,
                              PeakCache& peaks, ProgressLine& line, std::stop_token stop)
{
    ProfiledFile file;
    WARPLOOM_TRY(const VariantFile variant, variantFile(path, rig.task()));
    file.name = variant.name;
    file.source = variant.text;
    ProfileRequest request{
        variant.text, variant.name, {}, options.size, metricTierFromLetter(options.tier.at(0)).value(), options.lines};
    WARPLOOM_TRY(request.configuration, configurationOf(variant, options.tunables));
    const auto show = [&](const EvaluationProgress& progress) {
        line.show(fmt::format("{}: {} {}", variant.name, progress.stage, progress.size));
    };
    WARPLOOM_CHECK(findPeaks(request, rig, peaks, stop, show));
    WARPLOOM_TRY(file.profile, profileVariant(rig, request, stop, show));
    return file;
}

nlohmann::json profileJson(const ProfiledFile& own, const ProfiledFile* other, const Task& task)
{
    nlohmann::json json = own.profile;
    json["task"] = task.name;
    json["variant"] = own.name;
    if (other == nullptr)
        return json;
    json["against"] = other->profile;
    json["against"]["variant"] = other->name;
    json["comparison"] = compareFigures(own.profile.figures, other->profile.figures);
    auto changes = nlohmann::json::array();
    for (const ComparedFinding& change : compareFindings(other->profile.diagnosis, own.profile.diagnosis))
        changes.push_back({{"change", findingChangeName(change.change)}, {"finding", change.finding}});
    json["changes"] = std::move(changes);
    return json;
}

}  // namespace

int runProfile(const ProfileOptions& options, const Interrupt& interrupt)
{
    PeakCache peaks;
    if (const auto loaded = loadPeaks(peaks, options.workspace); !loaded)
        return complain(loaded.error());
    auto started = rigFor(options, interrupt.token());
    if (!started)
        return complain(started.error());
    EvaluationRig& rig = **started;
    ProgressLine line;
    const auto own = profiled(rig, options, options.variant, peaks, line, interrupt.token());
    if (!own)
        return complain(own.error());
    std::optional<ProfiledFile> other;
    if (!options.against.empty()) {
        auto against = profiled(rig, options, options.against, peaks, line, interrupt.token());
        if (!against)
            return complain(against.error());
        other = std::move(*against);
    }
    line.clear();
    if (!options.csv.empty()) {
        if (const auto written = writeFileAtomically(options.csv, profileCsv(own->profile)); !written)
            return complain(written.error());
    }
    const ProfiledFile* beside = other ? &*other : nullptr;
    if (options.json)
        return printJson(profileJson(*own, beside, rig.task()));
    const std::string text = profileText(*own, beside, options.lines);
    static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout));
    return finishOutput(kFine);
}

}  // namespace warploom
