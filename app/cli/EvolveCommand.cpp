// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ctime>
#include <filesystem>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "AttachedRun.h"
#include "Commands.h"
#include "Keys.h"
#include "RunReport.h"
#include "Terminal.h"
#include "engine/EngineHost.h"
#include "task/TaskLoader.h"

namespace warploom {

namespace {

std::filesystem::path newWorkspaceName(const std::string& task)
{
    const std::time_t now = std::time(nullptr);
    const std::string stem = fmt::format("{}-{:%Y-%m-%d}", task, fmt::localtime(now));
    std::filesystem::path path = stem + ".warploom";
    for (int i = 2; std::filesystem::exists(path); ++i)
        path = fmt::format("{}-{}.warploom", stem, i);
    return path;
}

RunSettings settingsFrom(const EvolveOptions& options, std::string device)
{
    RunSettings settings;
    settings.device = std::move(device);
    settings.evaluations = options.evaluations.value_or(settings.evaluations);
    settings.seconds = Seconds(options.seconds.value_or(settings.seconds.count()));
    settings.seed = options.seed.value_or(settings.seed);
    settings.findings = !options.withoutFindings;
    settings.preflight = options.preflight || settings.preflight;
    if (!options.agents.empty())
        settings.agents = options.agents;
    settings.llmBudgetUsd = options.llmBudgetUsd.value_or(settings.llmBudgetUsd);
    settings.llmBudgetTokens = options.llmBudgetTokens.value_or(settings.llmBudgetTokens);
    settings.parallel = options.parallel.value_or(settings.parallel);
    settings.repairs = options.repairs.value_or(settings.repairs);
    return settings;
}

RunChanges changesFrom(const EvolveOptions& options, std::optional<std::string> device)
{
    RunChanges changes;
    changes.device = std::move(device);
    changes.evaluations = options.evaluations;
    if (options.seconds)
        changes.seconds = Seconds(*options.seconds);
    if (!options.agents.empty())
        changes.agents = options.agents;
    changes.llmBudgetUsd = options.llmBudgetUsd;
    changes.llmBudgetTokens = options.llmBudgetTokens;
    changes.parallel = options.parallel;
    changes.repairs = options.repairs;
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

RunOrder orderFrom(const EvolveOptions& options, const Wish& wish)
{
    RunOrder order;
    // The host has a working directory of its own.
    if (!options.task.empty())
        order.task = std::filesystem::absolute(options.task).string();
    order.resume = !options.resume.empty();
    order.changes = changesFrom(options, wish.device);
    if (wish.device)
        order.settings = settingsFrom(options, *wish.device);
    return order;
}

int report(const Result<RunProgress>& outcome, const EvolveOptions& options, const Wish& wish,
           const Interrupt& interrupt)
{
    if (!outcome)
        return complain(outcome.error());
    const int code = interrupt.isRaised() ? kInterrupted : kFine;
    if (options.json)
        return printJson(summaryJson(*outcome, wish.workspace), code);
    printSummary(*outcome, wish.workspace);
    return code;
}

/// What went wrong is said already; this is what there is still.
void sayWhatIsKept(const std::filesystem::path& workspace)
{
    std::error_code ignored;
    if (std::filesystem::exists(workspace, ignored))
        fmt::print(stderr, "What was evaluated is kept; to go on: warploom-cli evolve --resume {}\n",
                   workspace.string());
}

int evolveIn(EngineHost& host, const EvolveOptions& options, const Wish& wish, const Interrupt& interrupt)
{
    if (const auto backup = host.backup(); !backup.empty())
        fmt::print(stderr, "{} was made by an older Warploom and has been migrated; as it was: {}\n",
                   wish.workspace.string(), backup.string());
    auto plan = planFor(options, wish, host);
    if (!plan)
        return complain(plan.error());
    ProgressLine line;
    const auto outcome = host.evolve(std::move(*plan), interrupt.token(),
                                     [&line](const RunProgress& progress) { line.show(progressText(progress)); });
    line.clear();
    if (!outcome && !outcome.error().isCancelled())
        host.discardUnused();
    const int code = report(outcome, options, wish, interrupt);
    if (!outcome && !outcome.error().isCancelled())
        sayWhatIsKept(wish.workspace);
    return code;
}

}  // namespace

int runEvolve(const EvolveOptions& options, const Interrupt& interrupt)
{
    auto keys = keysFrom(options.keyFd);
    if (!keys)
        return complain(keys.error());
    const auto wish = wishFrom(options);
    if (!wish)
        return complain(wish.error());
    auto host = EngineHost::open(wish->workspace);
    if (host) {
        (*host)->useKeys(std::move(*keys));
        return evolveIn(**host, options, *wish, interrupt);
    }
    if (host.error().code != ErrorCode::Locked)
        return complain(host.error());
    // Somebody hosts the workspace already: the run is theirs to carry out.
    return report(evolveAttached(wish->workspace, orderFrom(options, *wish), host.error(), interrupt.token()), options,
                  *wish, interrupt);
}

int runServe(const ServeOptions& options, const Interrupt& interrupt)
{
    // First of all: whoever handed them over waits to be rid of them.
    auto keys = keysFrom(options.keyFd);
    if (!keys)
        return complain(keys.error());
    auto host = EngineHost::open(options.workspace);
    if (!host)
        return complain(host.error());
    (*host)->useKeys(std::move(*keys));
    fmt::print(stderr, "serving {} on {}\n", options.workspace, (*host)->socketPath().string());
    const auto served = (*host)->serve(interrupt.token(), Seconds(options.idle));
    return served ? kFine : complain(served.error());
}

}  // namespace warploom
