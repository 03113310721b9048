// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ctime>
#include <filesystem>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "Commands.h"
#include "Terminal.h"
#include "engine/EngineHost.h"
#include "task/TaskLoader.h"

namespace warploom {

namespace {

std::string progressText(const RunProgress& progress)
{
    const auto seconds = static_cast<int>(progress.elapsed.count());
    std::string text =
        fmt::format("{} · {} · {}/{} · {:02}:{:02} · {:.1f}/s · {} busy {:.0f} %", progress.task, progress.phase,
                    progress.evaluations, progress.budget, seconds / 60, seconds % 60, progress.rate(),
                    progress.modelled ? "emulator" : "GPU", 100 * progress.busyFraction());
    if (progress.best)
        text += " · best " + speedupText(*progress.best);
    return text;
}

std::filesystem::path newWorkspaceName(const std::string& task)
{
    const std::time_t now = std::time(nullptr);
    const std::string stem = fmt::format("{}-{:%Y-%m-%d}", task, fmt::localtime(now));
    std::filesystem::path path = stem + ".warploom";
    for (int i = 2; std::filesystem::exists(path); ++i)
        path = fmt::format("{}-{}.warploom", stem, i);
    return path;
}

nlohmann::json figureJson(const std::optional<EvaluationRecord>& evaluation, bool isBest)
{
    if (!evaluation)
        return nullptr;
    nlohmann::json json = {{"id", evaluation->variant}, {"time_us", nullptr}};
    if (evaluation->time)
        json["time_us"] = evaluation->time->estimate;
    if (!isBest)
        return json;
    json["trust"] = evaluation->trust;
    json["provisional"] = evaluation->provisional;
    json["configuration"] = evaluation->configuration;
    if (evaluation->speedup) {
        json["speedup"] = evaluation->speedup->estimate;
        json["interval"] = {evaluation->speedup->low, evaluation->speedup->high};
    }
    return json;
}

nlohmann::json summaryJson(const RunProgress& progress, const std::filesystem::path& workspace)
{
    return {{"task", progress.task},
            {"device", progress.device},
            {"device_name", progress.deviceName},
            {"modelled", progress.modelled},
            {"evaluations", progress.evaluations},
            {"verdicts", progress.verdicts},
            {"baseline", figureJson(progress.baseline, false)},
            {"best", figureJson(progress.best, true)},
            {"variants", progress.variants},
            {"seconds", progress.elapsed.count()},
            {"device_seconds", progress.deviceTime.count()},
            {"rate", progress.rate()},
            {"confirmations", progress.confirmations},
            {"end", progress.endReason},
            {"workspace", workspace.string()}};
}

std::string confirmationText(const Confirmation& confirmation)
{
    const auto figure = [](const std::optional<Interval>& interval) {
        return interval ? fmt::format("{:.3g}× [{:.3g}, {:.3g}]", interval->estimate, interval->low, interval->high)
                        : std::string("no figure");
    };
    std::string text =
        fmt::format("variant {} {}: ", confirmation.variant, configurationLine(confirmation.configuration));
    if (confirmation.verdict != Verdict::Ok)
        return text + fmt::format("{} ({}): does not count", verdictName(confirmation.verdict), confirmation.message);
    text += fmt::format("{} directly against the baseline, {} during the search", figure(confirmation.confirmed),
                        figure(confirmation.searched));
    return confirmation.holds() ? text : text + ": no speed-up";
}

void printSummary(const RunProgress& progress, const std::filesystem::path& workspace)
{
    std::int64_t right = 0;
    std::string failures;
    for (const auto& [verdict, count] : progress.verdicts) {
        if (verdict == "ok")
            right = count;
        else
            failures += fmt::format("{}{} {}", failures.empty() ? "" : ", ", count, verdict);
    }
    fmt::print("task         {} on {} ({})\n", progress.task, progress.device, progress.deviceName);
    fmt::print("candidates   {} tried, {} right{}{}\n", progress.evaluations, right, failures.empty() ? "" : "; ",
               failures);
    if (progress.baseline)
        fmt::print("baseline     {}\n", measuredText(*progress.baseline));
    if (progress.best) {
        fmt::print("best         {}{}\n", measuredText(*progress.best),
                   progress.modelled ? " (modelled best: no GPU has measured it)" : "");
        fmt::print("             {} · variant {} · {} {}\n", speedupText(*progress.best), progress.best->variant,
                   progress.bestTitle, configurationLine(progress.best->configuration));
        fmt::print("             trust {}{}\n", progress.best->trust,
                   progress.best->provisional ? ", provisional" : "");
        if (const std::string noise = noiseText(*progress.best); !noise.empty())
            fmt::print("             {}\n", noise);
        for (const auto& note : progress.best->evidence.value("notes", nlohmann::json::array()))
            fmt::print("             note: {}\n", note.get<std::string>());
    }
    for (const Confirmation& confirmation : progress.confirmations)
        fmt::print("{} {}\n", confirmation.holds() ? "confirmed   " : "refuted     ", confirmationText(confirmation));
    fmt::print("effort       {:.1f} s, {:.1f} candidates a second, {} busy {:.0f} %; ended: {}\n",
               progress.elapsed.count(), progress.rate(), progress.modelled ? "emulator" : "GPU",
               100 * progress.busyFraction(), progress.endReason);
    fmt::print("workspace    {}\n", workspace.string());
}

RunSettings settingsFrom(const EvolveOptions& options, std::string device)
{
    RunSettings settings;
    settings.device = std::move(device);
    settings.evaluations = options.evaluations.value_or(settings.evaluations);
    settings.seconds = Seconds(options.seconds.value_or(settings.seconds.count()));
    settings.seed = options.seed.value_or(settings.seed);
    return settings;
}

RunChanges changesFrom(const EvolveOptions& options, std::optional<std::string> device)
{
    RunChanges changes;
    changes.device = std::move(device);
    changes.evaluations = options.evaluations;
    if (options.seconds)
        changes.seconds = Seconds(*options.seconds);
    return changes;
}

/// What the options ask for, checked as far as it can be before any file is made.
struct Wish {
    std::optional<Task> task;
    std::optional<std::string> device;  ///< absent: as the resumed run had it
    std::filesystem::path workspace;
};

Result<Wish> wishFrom(const EvolveOptions& options)
{
    const bool resumes = !options.resume.empty();
    Wish wish;
    if (options.task.empty() && !resumes)
        return fail(ErrorCode::InvalidArgument, "evolve needs a TASK or --resume WORKSPACE");
    if (!options.task.empty()) {
        WARPLOOM_TRY(wish.task, loadTask(options.task));
    }
    if (resumes && !std::filesystem::exists(options.resume))
        return fail(ErrorCode::NotFound, fmt::format("there is no workspace {}", options.resume));
    if (!resumes || !options.device.empty()) {
        WARPLOOM_TRY(wish.device, deviceForRun(options.device.empty() ? "auto" : options.device));
    }
    wish.workspace = resumes         ? std::filesystem::path(options.resume)
        : !options.workspace.empty() ? std::filesystem::path(options.workspace)
                                     : newWorkspaceName(wish.task->name);
    return wish;
}

Result<RunPlan> planFor(const EvolveOptions& options, const Wish& wish, EngineHost& host)
{
    if (!options.resume.empty())
        return host.planToResume(wish.task, changesFrom(options, wish.device));
    return RunPlan{*wish.task, settingsFrom(options, *wish.device), std::nullopt};
}

}  // namespace

int runEvolve(const EvolveOptions& options, const Interrupt& interrupt)
{
    const auto wish = wishFrom(options);
    if (!wish)
        return complain(wish.error());
    auto host = EngineHost::open(wish->workspace);
    if (!host)
        return complain(host.error());
    auto plan = planFor(options, *wish, **host);
    if (!plan)
        return complain(plan.error());
    ProgressLine line;
    const auto outcome = (*host)->evolve(std::move(*plan), interrupt.token(),
                                         [&line](const RunProgress& progress) { line.show(progressText(progress)); });
    line.clear();
    if (!outcome) {
        if (!outcome.error().isCancelled())
            (*host)->discardUnused();
        return complain(outcome.error());
    }
    const int code = interrupt.isRaised() ? kInterrupted : kFine;
    if (options.json)
        return printJson(summaryJson(*outcome, wish->workspace), code);
    printSummary(*outcome, wish->workspace);
    return code;
}

int runServe(const ServeOptions& options, const Interrupt& interrupt)
{
    auto host = EngineHost::open(options.workspace);
    if (!host)
        return complain(host.error());
    fmt::print(stderr, "serving {} on {}\n", options.workspace, (*host)->socketPath().string());
    const auto served = (*host)->serve(interrupt.token(), Seconds(options.idle));
    return served ? kFine : complain(served.error());
}

}  // namespace warploom
