// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "exporting/ExportSubject.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "store/Standings.h"
#include "store/Workspace.h"
#include "task/TaskLoader.h"

namespace warploom {

namespace {

using Filter = Standings::Filter;

/// A measured figure says more than any modelled one.
const EvaluationRecord* preferMeasured(const Standings& standings, const Filter& counts)
{
    const EvaluationRecord* measured =
        standings.best([&](const EvaluationRecord& evaluation) { return !evaluation.modelled && counts(evaluation); });
    return measured != nullptr ? measured : standings.best(counts);
}

Result<Standings> standingsOf(Workspace& workspace)
{
    Standings standings;
    WARPLOOM_TRY(const auto evaluations, workspace.evaluations({}));
    for (const EvaluationRecord& evaluation : evaluations)
        standings.add(evaluation);
    return standings;
}

/// Of every revision of the task, without those that are retired.
Result<std::set<VariantId>> candidatesOf(Workspace& workspace, const std::string& task)
{
    std::set<VariantId> candidates;
    WARPLOOM_TRY(const auto revisions, workspace.taskRevisions(task));
    for (const TaskRecord& revision : revisions) {
        WARPLOOM_TRY(const auto variants, workspace.variants(revision.id));
        for (const VariantRecord& variant : variants) {
            if (!variant.retired)
                candidates.insert(variant.id);
        }
    }
    return candidates;
}

Result<std::optional<EvaluationId>> bestOfTask(Workspace& workspace, const Standings& standings,
                                               const std::string& task)
{
    WARPLOOM_TRY(const auto candidates, candidatesOf(workspace, task));
    const EvaluationRecord* best = preferMeasured(standings, [&candidates](const EvaluationRecord& evaluation) {
        return candidates.contains(evaluation.variant);
    });
    return best == nullptr ? std::nullopt : std::optional(best->id);
}

/// "…; --variant 7 is the best of 'softmax'" for every task that has one.
Result<std::string> adviceFor(Workspace& workspace, const Standings& standings)
{
    std::string advice;
    std::set<std::string> names;
    WARPLOOM_TRY(const auto tasks, workspace.tasks());
    for (const TaskRecord& task : tasks)
        names.insert(task.name);
    for (const std::string& name : names) {
        WARPLOOM_TRY(const auto best, bestOfTask(workspace, standings, name));
        if (!best)
            continue;
        WARPLOOM_TRY(const EvaluationRecord evaluation, workspace.evaluation(*best));
        advice += fmt::format("; --variant {} is the best of '{}'", evaluation.variant, name);
    }
    return advice;
}

Result<EvaluationId> bestOfLatestTask(Workspace& workspace)
{
    WARPLOOM_TRY(const Standings standings, standingsOf(workspace));
    WARPLOOM_TRY(const auto run, workspace.latestRun());
    if (!run)
        return fail(ErrorCode::InvalidArgument, "nothing to export: the workspace has no run");
    WARPLOOM_TRY(const TaskRecord task, workspace.task(run->task));
    WARPLOOM_TRY(const auto best, bestOfTask(workspace, standings, task.name));
    if (best)
        return *best;
    WARPLOOM_TRY(const std::string advice, adviceFor(workspace, standings));
    return fail(ErrorCode::InvalidArgument,
                fmt::format("nothing to export: no variant of '{}' has been proved right yet{}", task.name, advice));
}

Result<EvaluationId> bestOfVariant(Workspace& workspace, VariantId id)
{
    WARPLOOM_TRY(const VariantRecord variant, workspace.variant(id));
    EvaluationFilter filter;
    filter.variant = variant.id;
    WARPLOOM_TRY(const auto evaluations, workspace.evaluations(filter));
    Standings standings;
    for (const EvaluationRecord& evaluation : evaluations)
        standings.add(evaluation);
    if (const EvaluationRecord* best = preferMeasured(standings, [](const EvaluationRecord&) { return true; }))
        return best->id;
    const std::string last = evaluations.empty()
        ? std::string("it was never evaluated")
        : fmt::format("its last verdict is {}", verdictName(evaluations.back().verdict));
    return fail(ErrorCode::InvalidArgument, fmt::format("variant {} was not proved right: {}", id, last));
}

/// From the baseline down to \p variant; a parent that is met twice ends it.
Result<std::vector<VariantRecord>> lineageOf(Workspace& workspace, const VariantRecord& variant)
{
    std::vector<VariantRecord> lineage{variant};
    std::set<VariantId> met{variant.id};
    while (!lineage.back().parents.empty() && met.insert(lineage.back().parents.front()).second) {
        WARPLOOM_TRY(VariantRecord parent, workspace.variant(lineage.back().parents.front()));
        lineage.push_back(std::move(parent));
    }
    std::reverse(lineage.begin(), lineage.end());
    return lineage;
}

/// The revision that the evaluation was made for, which may be a later one than the variant's.
Result<Task> taskOf(Workspace& workspace, const VariantRecord& variant, const EnvironmentRecord& environment)
{
    WARPLOOM_TRY(TaskRecord record, workspace.task(variant.task));
    WARPLOOM_TRY(const auto revisions, workspace.taskRevisions(record.name));
    for (const TaskRecord& revision : revisions) {
        if (revision.revision == environment.taskRevision) {
            WARPLOOM_TRY(record, workspace.task(revision.id));
        }
    }
    std::map<std::string, std::string> files;
    for (const TaskFile& file : record.files)
        files[file.name] = file.content;
    return taskFromFiles(files);
}

}  // namespace

Result<ExportSubject> chooseSubject(Workspace& workspace, VariantId variant)
{
    ExportSubject subject;
    WARPLOOM_TRY(const EvaluationId chosen,
                 variant != 0 ? bestOfVariant(workspace, variant) : bestOfLatestTask(workspace));
    WARPLOOM_TRY(subject.evaluation, workspace.evaluation(chosen));
    WARPLOOM_TRY(subject.variant, workspace.variant(subject.evaluation.variant));
    WARPLOOM_TRY(subject.environment, workspace.environment(subject.evaluation.environment));
    WARPLOOM_TRY(subject.lineage, lineageOf(workspace, subject.variant));
    WARPLOOM_TRY(subject.task, taskOf(workspace, subject.variant, subject.environment));
    return subject;
}

}  // namespace warploom
