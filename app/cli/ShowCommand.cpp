// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include <fmt/format.h>

#include "Commands.h"
#include "Terminal.h"
#include "store/Workspace.h"

namespace warploom {

namespace {

/// What `show` prints, read in one go.
struct Content {
    std::vector<TaskRecord> tasks;
    std::vector<RunRecord> runs;
    std::vector<EnvironmentRecord> environments;
    std::vector<VariantRecord> variants;
    std::vector<EvaluationRecord> evaluations;
};

Result<Content> read(Workspace& workspace)
{
    Content content;
    WARPLOOM_TRY(content.tasks, workspace.tasks());
    WARPLOOM_TRY(content.runs, workspace.runs());
    WARPLOOM_TRY(content.environments, workspace.environments());
    WARPLOOM_TRY(content.evaluations, workspace.evaluations({}));
    for (const TaskRecord& task : content.tasks) {
        WARPLOOM_TRY(const auto variants, workspace.variants(task.id));
        content.variants.insert(content.variants.end(), variants.begin(), variants.end());
    }
    return content;
}

const EvaluationRecord* bestOf(const Content& content, VariantId variant)
{
    const EvaluationRecord* best = nullptr;
    for (const EvaluationRecord& evaluation : content.evaluations) {
        if (evaluation.variant != variant || evaluation.verdict != Verdict::Ok || !evaluation.speedup)
            continue;
        if (best == nullptr || evaluation.speedup->estimate > best->speedup->estimate)
            best = &evaluation;
    }
    return best;
}

/// The verdict of a variant that has no right evaluation.
std::string lastVerdict(const Content& content, VariantId variant)
{
    std::string verdict = "not evaluated";
    for (const EvaluationRecord& evaluation : content.evaluations) {
        if (evaluation.variant == variant)
            verdict = verdictName(evaluation.verdict);
    }
    return verdict;
}

void printTree(const Content& content, VariantId parent, int depth)
{
    for (const VariantRecord& variant : content.variants) {
        const VariantId own = variant.parents.empty() ? 0 : variant.parents.front();
        if (own != parent)
            continue;
        const EvaluationRecord* best = bestOf(content, variant.id);
        const std::string figure = best != nullptr ? speedupText(*best) : lastVerdict(content, variant.id);
        fmt::print("{:>5}  {:<28} {:>{}}{}{}\n", variant.id, figure, "", 2 * depth,
                   variant.move.empty() ? variant.title : fmt::format("{}: {}", variant.move, variant.title),
                   variant.retired        ? " (retired)"
                       : variant.favoured ? " (favoured)"
                                          : "");
        printTree(content, variant.id, depth + 1);
    }
}

void printText(const Content& content)
{
    for (const TaskRecord& task : content.tasks)
        fmt::print("task         {} (revision {})\n", task.name, task.revision.substr(0, 12));
    for (const EnvironmentRecord& environment : content.environments)
        fmt::print("environment  {}: {}, {}{}\n", environment.id, environment.gpuName, environment.compiler,
                   environment.modelled ? ", modelled" : ", driver " + environment.driver);
    for (const RunRecord& run : content.runs)
        fmt::print("run          {} on {}: {}, {} evaluations, seed {}\n", run.id, run.device, runStateName(run.state),
                   run.evaluations, run.seed);
    std::map<std::string, int> counts;
    for (const EvaluationRecord& evaluation : content.evaluations)
        ++counts[std::string(verdictName(evaluation.verdict))];
    fmt::print("evaluations ");
    for (const auto& [verdict, count] : counts)
        fmt::print(" {} {}", count, verdict);
    fmt::print("\n\n   id  best over the baseline       lineage\n");
    printTree(content, 0, 0);
}

int showVariant(Workspace& workspace, VariantId id, bool json)
{
    const auto variant = workspace.variant(id);
    if (!variant)
        return complain(variant.error());
    EvaluationFilter filter;
    filter.variant = id;
    filter.full = json;
    const auto evaluations = workspace.evaluations(filter);
    if (!evaluations)
        return complain(evaluations.error());
    if (json) {
        fmt::print("{}\n", nlohmann::json{{"variant", *variant}, {"evaluations", *evaluations}}.dump());
        return kFine;
    }
    fmt::print("variant {}: {}\n", id, variant->title);
    if (!variant->hypothesis.empty())
        fmt::print("hypothesis ({}): {}\n", hypothesisOutcomeName(variant->outcome), variant->hypothesis);
    for (const EvaluationRecord& evaluation : *evaluations)
        fmt::print("  {:<16} {:<40} {:<28} {}\n", verdictName(evaluation.verdict), measuredText(evaluation),
                   speedupText(evaluation), configurationLine(evaluation.configuration));
    fmt::print("\n{}\n", variant->source);
    return kFine;
}

}  // namespace

int runShow(const ShowOptions& options)
{
    auto workspace = Workspace::open(options.workspace, Workspace::Mode::ReadOnly);
    if (!workspace)
        return complain(workspace.error());
    if (options.variant != 0)
        return showVariant(*workspace, options.variant, options.json);
    const auto content = read(*workspace);
    if (!content)
        return complain(content.error());
    if (!options.json) {
        printText(*content);
        return kFine;
    }
    auto variants = nlohmann::json::array();
    for (const VariantRecord& variant : content->variants)
        variants.push_back(summaryOf(variant));
    auto evaluations = nlohmann::json::array();
    for (const EvaluationRecord& evaluation : content->evaluations)
        evaluations.push_back(summaryOf(evaluation));
    auto tasks = nlohmann::json::array();
    for (const TaskRecord& task : content->tasks)
        tasks.push_back(summaryOf(task));
    fmt::print("{}\n",
               nlohmann::json{{"tasks", tasks},
                              {"runs", content->runs},
                              {"environments", content->environments},
                              {"variants", variants},
                              {"evaluations", evaluations}}
                   .dump());
    return kFine;
}

}  // namespace warploom
