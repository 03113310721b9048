// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/NewTask.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/Files.h"
#include "engine/RunPlan.h"
#include "evaluate/EvaluationRig.h"
#include "task/TaskLoader.h"
#include "workers/WorkerClient.h"
#include "workers/WorkerLocations.h"

namespace warploom {

namespace {

constexpr auto kAnalysisDeadline = std::chrono::seconds(30);
constexpr int kMostAttempts = 3;
// Within this many tolerances a difference is rounding, beyond it a mistake.
constexpr double kMostTolerances = 25;
constexpr double kMargin = 4;

/// By how much the tolerance has to grow for a baseline that is wrong by its rounding only; nothing for all others.
std::optional<double> toleranceNeeded(const EvaluationRecord& record)
{
    if (record.verdict != Verdict::Wrong)
        return std::nullopt;
    double worst = 0;
    for (const auto& json : record.evidence.value("cases", nlohmann::json::array())) {
        const auto report = json.get<CaseReport>();
        for (const auto& comparison : report.comparisons) {
            const bool isMistaken = comparison.wrong > 0
                && (comparison.untouched > 0 || comparison.histogram.back() > 0
                    || comparison.worstRatio > kMostTolerances);
            if (isMistaken)
                return std::nullopt;
            worst = std::max(worst, comparison.worstRatio);
        }
    }
    return worst > 1 ? std::optional(kMargin * worst) : std::nullopt;
}

}  // namespace

Result<std::vector<KernelSketch>> analyseKernels(const std::string& source, const std::string& fileName,
                                                 std::stop_token stop)
{
    const auto program = locateProgram("warploom-rewriter");
    if (!program)
        return fail(asMachineError(program.error()));
    WorkerCommand command;
    command.program = program->string();
    command.kind = "rewriter";
    const auto started = WorkerClient::start(command, std::chrono::seconds(20), stop);
    if (!started)
        return fail(asMachineError(started.error()));
    CallOptions options = WorkerClient::defaultOptions();
    options.deadline = kAnalysisDeadline;
    options.stopToken = stop;
    const auto answer = (*started)->call("kernels/analyse", SketchRequest{source, fileName}, std::move(options));
    if (answer)
        return kernelSketchesFromJson(*answer);
    Error error = answer.error();
    // Clang runs in a process of its own because some files crash it: that is the file's fault, not the machine's.
    if (error.code == ErrorCode::ProcessFailed || error.code == ErrorCode::Timeout)
        error = {ErrorCode::InvalidInput,
                 "the file cannot be analysed",
                 {fileName, 0, 0},
                 "a file that Clang can parse",
                 error.message};
    return fail(std::move(error));
}

Result<> checkFolderIsFree(const std::filesystem::path& folder)
{
    std::error_code ignored;
    if (!std::filesystem::exists(folder, ignored))
        return {};
    const bool isFolder = std::filesystem::is_directory(folder, ignored);
    if (isFolder && std::filesystem::is_empty(folder, ignored))
        return {};
    return fail(Error{ErrorCode::InvalidArgument,
                      "a new task goes into a folder of its own",
                      {folder.string(), 0, 0},
                      "a folder that is not there yet, or empty",
                      isFolder ? "a folder with something in it" : "a file"});
}

Result<> writeTask(const TaskDraft& draft, const std::filesystem::path& folder)
{
    if (draft.files.empty())
        return fail(ErrorCode::InvalidArgument, "questions without a guess are open: there is no task yet");
    WARPLOOM_CHECK(checkFolderIsFree(folder));
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
        return fail(
            Error{ErrorCode::IoFailed, "the folder cannot be made: " + error.message(), {folder.string(), 0, 0}});
    for (const auto& [name, text] : draft.files)
        WARPLOOM_CHECK(writeFileAtomically(folder / name, text));
    return {};
}

Result<TaskCheck> checkTask(const std::filesystem::path& folder, const std::string& device, std::stop_token stop,
                            const ProgressSink& progress)
{
    WARPLOOM_TRY(Task task, loadTask(folder));
    WARPLOOM_TRY(const std::string resolved, deviceForRun(device));
    const auto started = EvaluationRig::start(task, resolved, stop);
    if (!started)
        return fail(asMachineError(started.error()));
    const auto& rig = *started;
    WARPLOOM_TRY(const Directives directives, parseDirectives(task.baselineSource, task.baselineFile));
    const auto configuration = directives.defaultConfiguration();
    auto record =
        rig->evaluate(task.baselineSource, task.baselineFile, configuration, std::nullopt, true, stop, progress);
    // The reference is the kernel too: where that goes wrong, the launch or the shapes do not fit it.
    if (!record && record.error().code == ErrorCode::InvalidInput)
        record = invalidRecord(record.error(), configuration);
    if (!record)
        return fail(std::move(record).error());
    return TaskCheck{{}, std::move(task), std::move(*record), rig->facts().id, rig->facts().modelled};
}

Result<TaskCheck> makeTask(const KernelSketch& sketch, const NewTaskAnswers& answers,
                           const std::filesystem::path& folder, const std::string& device, std::stop_token stop,
                           const ProgressSink& progress)
{
    KernelSketch used = sketch;
    NewTaskAnswers given = answers;
    WARPLOOM_TRY(TaskDraft draft, draftTask(used, given));
    WARPLOOM_TRY(const std::string resolved, deviceForRun(device));
    WARPLOOM_CHECK(writeTask(draft, folder));
    for (int attempt = 0;; ++attempt) {
        auto check = checkTask(folder, resolved, stop, progress);
        const bool isReferenceBroken =
            !check && check.error().code == ErrorCode::CompileFailed && !used.referenceText.empty();
        const auto factor = check ? toleranceNeeded(check->record) : std::nullopt;
        if (attempt >= kMostAttempts || (!isReferenceBroken && !factor)) {
            if (check)
                check->draft = std::move(draft);
            return check;
        }
        if (isReferenceBroken) {
            used.referenceText.clear();
            used.referenceProblem = check.error().toString();
        } else {
            given.toleranceFactor = std::ceil(given.toleranceFactor * *factor);
        }
        WARPLOOM_TRY(draft, draftTask(used, given));
        for (const auto& [name, text] : draft.files)
            WARPLOOM_CHECK(writeFileAtomically(folder / name, text));
    }
}

}  // namespace warploom
