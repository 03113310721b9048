// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ctime>
#include <filesystem>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "Commands.h"
#include "Terminal.h"
#include "engine/EngineHost.h"
#include "evaluate/DeviceProbe.h"
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
            {"end", progress.endReason},
            {"workspace", workspace.string()}};
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
    }
    fmt::print("effort       {:.1f} s, {:.1f} candidates a second, {} busy {:.0f} %; ended: {}\n",
               progress.elapsed.count(), progress.rate(), progress.modelled ? "emulator" : "GPU",
               100 * progress.busyFraction(), progress.endReason);
    fmt::print("workspace    {}\n", workspace.string());
}

struct Plan {
    Task task;
    RunSettings settings;
    bool resume = false;
};

RunSettings settingsFrom(const EvolveOptions& options, std::string device)
{
    RunSettings settings;
    settings.device = std::move(device);
    settings.evaluations = options.evaluations;
    settings.seconds = Seconds(options.seconds);
    settings.seed = options.seed;
    return settings;
}

Result<Plan> planFor(const EvolveOptions& options, EngineHost& host, std::optional<Task> task)
{
    Plan plan;
    if (task) {
        WARPLOOM_TRY(std::string device, resolveDevice(options.device));
        plan.task = std::move(*task);
        plan.settings = settingsFrom(options, std::move(device));
        plan.resume = !options.resume.empty();
        return plan;
    }
    WARPLOOM_TRY(auto latest, host.latestRun());
    plan.task = std::move(latest.first);
    plan.settings = std::move(latest.second);
    plan.resume = true;
    if (options.device != "auto") {
        WARPLOOM_TRY(plan.settings.device, resolveDevice(options.device));
    }
    return plan;
}

}  // namespace

int runEvolve(const EvolveOptions& options, const Interrupt& interrupt)
{
    if (options.task.empty() && options.resume.empty())
        return complain({ErrorCode::InvalidArgument, "evolve needs a TASK or --resume WORKSPACE", {}, {}, {}});
    std::optional<Task> task;
    if (!options.task.empty()) {
        auto loaded = loadTask(options.task);
        if (!loaded)
            return complain(loaded.error());
        task = std::move(*loaded);
    }
    if (!options.resume.empty() && !std::filesystem::exists(options.resume))
        return complain({ErrorCode::NotFound, fmt::format("there is no workspace {}", options.resume), {}, {}, {}});
    const std::filesystem::path path = !options.resume.empty() ? std::filesystem::path(options.resume)
        : !options.workspace.empty()                           ? std::filesystem::path(options.workspace)
                                                               : newWorkspaceName(task->name);
    auto host = EngineHost::open(path);
    if (!host)
        return complain(host.error());
    auto plan = planFor(options, **host, std::move(task));
    if (!plan)
        return complain(plan.error());
    ProgressLine line;
    const auto outcome = (*host)->evolve(plan->task, plan->settings, plan->resume, interrupt.token(),
                                         [&line](const RunProgress& progress) { line.show(progressText(progress)); });
    line.clear();
    if (!outcome)
        return complain(outcome.error());
    if (options.json)
        fmt::print("{}\n", summaryJson(*outcome, path).dump());
    else
        printSummary(*outcome, path);
    return interrupt.isRaised() ? kInterrupted : kFine;
}

int runServe(const ServeOptions& options, const Interrupt& interrupt)
{
    auto host = EngineHost::open(options.workspace);
    if (!host)
        return complain(host.error());
    fmt::print(stderr, "serving {} on {}\n", options.workspace, (*host)->socketPath().string());
    const auto served = (*host)->serve(interrupt.token());
    return served ? kFine : complain(served.error());
}

}  // namespace warploom
