// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "mcp/ToolSubject.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "protocol/SourceLimits.h"
#include "variant/Directives.h"

namespace warploom {

namespace {

Result<VariantId> bestVariant(const Lineage& lineage)
{
    const EvaluationRecord* best = lineage.best();
    return best == nullptr ? VariantId{0} : best->variant;
}

/// The caller's values over those that are there.
Result<> configure(SourceOrder& order, const ToolArguments& arguments)
{
    WARPLOOM_TRY(const auto values, arguments.integers("configuration"));
    if (!values)
        return {};
    const auto directives = parseDirectives(order.source, order.fileName);
    // Bad directives are the verdict of whatever is done with the text.
    if (!directives)
        return {};
    Configuration configuration = order.configuration.value_or(directives->defaultConfiguration());
    std::vector<std::string> names;
    for (const TuneDirective& tunable : directives->tunables)
        names.push_back(tunable.name);
    for (const auto& [name, value] : *values) {
        if (std::find(names.begin(), names.end(), name) == names.end())
            return fail(
                Error{ErrorCode::InvalidArgument,
                      "a tunable that the source does not declare",
                      {},
                      names.empty() ? "none: it declares no tunables" : fmt::format("{}", fmt::join(names, ", ")),
                      name});
        configuration[name] = value;
    }
    order.configuration = std::move(configuration);
    return {};
}

Result<ToolSubject> fromLineage(VariantId id, McpWorkspace& workspace, const Lineage& lineage)
{
    const auto row = lineage.rowOf(id);
    if (!row)
        return fail(ErrorCode::NotFound, fmt::format("there is no variant {}: the tool lineage lists them", id));
    ToolSubject subject;
    WARPLOOM_TRY(subject.order, workspace.order(lineage.variants()[*row].source));
    subject.variant = id;
    subject.name = fmt::format("variant {}", id);
    if (const EvaluationRecord* shown = lineage.shownEvaluation(*row);
        shown != nullptr && shown->verdict == Verdict::Ok)
        subject.order.configuration = shown->configuration;
    return subject;
}

}  // namespace

nlohmann::json schemaOf(nlohmann::json properties, std::vector<std::string> required)
{
    nlohmann::json schema{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
    if (!required.empty())
        schema["required"] = std::move(required);
    return schema;
}

nlohmann::json subjectProperties()
{
    return {
        {"source",
         {{"type", "string"},
          {"description", "Whole text of one .cu file with its '// warploom:' directives (the tool task shows how)."}}},
        {"variant",
         {{"type", "integer"},
          {"description", "Instead of source: id of a variant of the lineage, in its best configuration."}}},
        {"configuration",
         {{"type", "object"},
          {"additionalProperties", {{"type", "integer"}}},
          {"description", "Values of tunables, as {\"BLOCK\": 256}; those left out keep their defaults."}}}};
}

Result<ToolSubject> subjectOf(const ToolArguments& arguments, McpWorkspace& workspace)
{
    WARPLOOM_TRY(auto source, arguments.text("source"));
    WARPLOOM_TRY(auto variant, arguments.integer("variant", 1, INT64_MAX));
    if (source && variant)
        return fail(Error{ErrorCode::InvalidArgument, "source and variant together", {}, "one of them", "both"});
    ToolSubject subject;
    if (source) {
        if (source->size() > kLargestSource)
            return fail(Error{ErrorCode::InvalidArgument,
                              "the source is too long",
                              {},
                              fmt::format("at most {} bytes", kLargestSource),
                              fmt::format("{}", source->size())});
        WARPLOOM_TRY(subject.order, workspace.order(std::move(*source)));
        subject.name = "the source";
        WARPLOOM_CHECK(configure(subject.order, arguments));
        return subject;
    }
    WARPLOOM_TRY(auto content, workspace.content());
    const Lineage lineage(std::move(content));
    if (!variant) {
        WARPLOOM_TRY(variant, bestVariant(lineage));
    }
    if (*variant == 0) {
        WARPLOOM_TRY(const Task task, workspace.task());
        WARPLOOM_TRY(subject.order, workspace.order(task.baselineSource));
        subject.name = "the baseline";
    } else {
        WARPLOOM_TRY(subject, fromLineage(*variant, workspace, lineage));
    }
    WARPLOOM_CHECK(configure(subject.order, arguments));
    return subject;
}

ProgressSink progressOf(const ToolCall& call)
{
    return [progress = call.progress](const EvaluationProgress& step) {
        if (!progress)
            return;
        std::string text = step.size.empty() ? step.stage : fmt::format("{} {}", step.stage, step.size);
        if (step.rounds > 0)
            text += fmt::format(", {} rounds", step.rounds);
        progress(text);
    };
}

std::string lineOf(const std::string& source, int number, std::size_t columns)
{
    std::size_t begin = 0;
    for (int line = 1; line < number; ++line) {
        begin = source.find('\n', begin);
        if (begin == std::string::npos)
            return {};
        ++begin;
    }
    std::string line = source.substr(begin, source.find('\n', begin) - begin);
    line.erase(0, std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.size() <= columns)
        return line;
    std::size_t cut = columns;
    while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xC0) == 0x80)
        --cut;
    return line.substr(0, cut) + "…";
}

}  // namespace warploom
