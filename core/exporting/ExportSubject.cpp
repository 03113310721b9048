// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "exporting/ExportSubject.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "store/Workspace.h"
#include "task/TaskLoader.h"

namespace warploom {

namespace {

/// Greater is better.
auto rank(const EvaluationRecord& evaluation)
{
    constexpr double kNone = std::numeric_limits<double>::lowest();
    return std::tuple(evaluation.time.has_value(), !evaluation.modelled,
                      evaluation.speedup ? evaluation.speedup->estimate : kNone,
                      evaluation.time ? -evaluation.time->estimate : kNone);
}

Result<std::set<VariantId>> retiredVariants(Workspace& workspace)
{
    std::set<VariantId> retired;
    WARPLOOM_TRY(const auto tasks, workspace.tasks());
    for (const TaskRecord& task : tasks) {
        WARPLOOM_TRY(const auto variants, workspace.variants(task.id));
        for (const VariantRecord& variant : variants) {
            if (variant.retired)
                retired.insert(variant.id);
        }
    }
    return retired;
}

Result<EvaluationRecord> bestOf(const std::vector<EvaluationRecord>& evaluations, const std::set<VariantId>& excluded)
{
    const EvaluationRecord* best = nullptr;
    for (const EvaluationRecord& evaluation : evaluations) {
        if (evaluation.verdict != Verdict::Ok || excluded.contains(evaluation.variant))
            continue;
        if (best == nullptr || rank(evaluation) > rank(*best))
            best = &evaluation;
    }
    if (best == nullptr)
        return fail(ErrorCode::InvalidArgument, "nothing to export: no variant has been proved right yet");
    return *best;
}

Result<EvaluationRecord> bestOfVariant(Workspace& workspace, VariantId id)
{
    WARPLOOM_TRY(const VariantRecord variant, workspace.variant(id));
    EvaluationFilter filter;
    filter.variant = variant.id;
    WARPLOOM_TRY(const auto evaluations, workspace.evaluations(filter));
    auto best = bestOf(evaluations, {});
    if (best)
        return best;
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

Result<Task> taskOf(Workspace& workspace, TaskId id)
{
    WARPLOOM_TRY(const TaskRecord record, workspace.task(id));
    std::map<std::string, std::string> files;
    for (const TaskFile& file : record.files)
        files[file.name] = file.content;
    return taskFromFiles(files);
}

Result<EvaluationRecord> chooseEvaluation(Workspace& workspace, VariantId variant)
{
    if (variant != 0)
        return bestOfVariant(workspace, variant);
    WARPLOOM_TRY(const auto evaluations, workspace.evaluations({}));
    WARPLOOM_TRY(const auto retired, retiredVariants(workspace));
    return bestOf(evaluations, retired);
}

}  // namespace

Result<ExportSubject> chooseSubject(Workspace& workspace, VariantId variant)
{
    ExportSubject subject;
    WARPLOOM_TRY(subject.evaluation, chooseEvaluation(workspace, variant));
    WARPLOOM_TRY(subject.variant, workspace.variant(subject.evaluation.variant));
    WARPLOOM_TRY(subject.environment, workspace.environment(subject.evaluation.environment));
    WARPLOOM_TRY(subject.lineage, lineageOf(workspace, subject.variant));
    WARPLOOM_TRY(subject.task, taskOf(workspace, subject.variant.task));
    return subject;
}

}  // namespace warploom
