// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "analysis/ChangeSentence.h"
#include "analysis/Rule.h"
#include "mcp/EvaluationView.h"
#include "mcp/ToolSubject.h"
#include "mcp/WorkspaceTools.h"

namespace warploom {

namespace {

constexpr std::int64_t kUsualPage = 50;
constexpr std::int64_t kLargestPage = 500;

Result<Lineage> lineageOf(McpWorkspace& workspace)
{
    WARPLOOM_TRY(auto content, workspace.content());
    return Lineage(std::move(content));
}

std::string statusOf(const EvaluationRecord* shown)
{
    if (shown == nullptr)
        return "untried";
    return shown->verdict == Verdict::Ok ? "right" : "failed";
}

nlohmann::json nodeView(const Lineage& lineage, std::size_t row)
{
    const VariantRecord& variant = lineage.variants()[row];
    const EvaluationRecord* shown = lineage.shownEvaluation(row);
    nlohmann::json view{
        {"id", variant.id},         {"parents", variant.parents}, {"children", lineage.childrenOf(row).size()},
        {"title", variant.title},   {"move", variant.move},       {"agent", variant.agent},
        {"status", statusOf(shown)}};
    if (variant.predictedGain)
        view["predicted_gain"] = *variant.predictedGain;
    if (!variant.hypothesis.empty())
        view["outcome"] = hypothesisOutcomeName(variant.outcome);
    if (variant.favoured)
        view["favoured"] = true;
    if (variant.retired)
        view["retired"] = true;
    if (shown == nullptr)
        return view;
    view["verdict"] = verdictName(shown->verdict);
    view["trust"] = shown->trust;
    if (shown->speedup)
        view["speedup_over_baseline"] = intervalView(*shown->speedup, shown->modelled);
    if (shown->verdict != Verdict::Ok)
        view["message"] = shown->message;
    return view;
}

int depthOf(const Lineage& lineage, std::size_t row)
{
    int depth = 0;
    std::set<std::size_t> seen{row};
    for (auto parent = lineage.parentOf(row); parent && seen.insert(*parent).second; parent = lineage.parentOf(*parent))
        ++depth;
    return depth;
}

std::string nodeLine(const Lineage& lineage, std::size_t row)
{
    const VariantRecord& variant = lineage.variants()[row];
    const EvaluationRecord* shown = lineage.shownEvaluation(row);
    const std::string figure = shown == nullptr           ? "untried"
        : shown->verdict == Verdict::Ok && shown->speedup ? figuresLine(*shown)
                                                          : std::string(verdictName(shown->verdict));
    return fmt::format("{:>4} {:>{}}{}{} ({}): {}{}\n", variant.id, "", 2 * std::min(depthOf(lineage, row), 20),
                       variant.move.empty() ? "" : variant.move + ": ", variant.title, variant.agent, figure,
                       variant.retired ? " (retired)" : "");
}

/// Depth first, children in the order of their ids.
std::vector<std::size_t> treeOrder(const Lineage& lineage)
{
    std::vector<std::size_t> order;
    std::vector<bool> seen(lineage.variants().size(), false);
    for (std::size_t root = 0; root < lineage.variants().size(); ++root) {
        if (seen[root] || lineage.parentOf(root))
            continue;
        std::vector<std::size_t> waiting{root};
        while (!waiting.empty()) {
            const std::size_t row = waiting.back();
            waiting.pop_back();
            if (seen[row])
                continue;
            seen[row] = true;
            order.push_back(row);
            const auto& children = lineage.childrenOf(row);
            waiting.insert(waiting.end(), children.rbegin(), children.rend());
        }
    }
    return order;
}

struct LineageFilter {
    std::optional<VariantId> under;
    std::optional<std::string> status;
    std::optional<std::string> agent;

    [[nodiscard]] bool fits(const Lineage& lineage, std::size_t row) const
    {
        const VariantRecord& variant = lineage.variants()[row];
        if (status && statusOf(lineage.shownEvaluation(row)) != *status)
            return false;
        if (agent && variant.agent != *agent)
            return false;
        if (!under)
            return true;
        for (std::optional<std::size_t> at = row; at; at = lineage.parentOf(*at)) {
            if (lineage.variants()[*at].id == *under)
                return true;
        }
        return false;
    }
};

Result<LineageFilter> filterFrom(const ToolArguments& arguments)
{
    LineageFilter filter;
    WARPLOOM_TRY(filter.under, arguments.integer("under", 1, INT64_MAX));
    WARPLOOM_TRY(filter.status, arguments.text("status"));
    WARPLOOM_TRY(filter.agent, arguments.text("agent"));
    if (filter.status && *filter.status != "right" && *filter.status != "failed" && *filter.status != "untried")
        return fail(
            Error{ErrorCode::InvalidArgument, "the argument 'status'", {}, "right, failed or untried", *filter.status});
    return filter;
}

Result<ToolAnswer> tellLineage(McpWorkspace& workspace, const ToolCall& call)
{
    WARPLOOM_TRY(const auto arguments,
                 ToolArguments::read(call.arguments, {"under", "status", "agent", "offset", "limit"}));
    WARPLOOM_TRY(const LineageFilter filter, filterFrom(arguments));
    WARPLOOM_TRY(const auto offset, arguments.integer("offset", 0, INT64_MAX));
    WARPLOOM_TRY(const auto limit, arguments.integer("limit", 1, kLargestPage));
    WARPLOOM_TRY(const Lineage lineage, lineageOf(workspace));
    std::vector<std::size_t> rows = treeOrder(lineage);
    std::erase_if(rows, [&](std::size_t row) { return !filter.fits(lineage, row); });
    const auto begin = std::min(rows.size(), static_cast<std::size_t>(offset.value_or(0)));
    const auto end = std::min(rows.size(), begin + static_cast<std::size_t>(limit.value_or(kUsualPage)));
    ToolAnswer answer;
    auto nodes = nlohmann::json::array();
    for (std::size_t i = begin; i < end; ++i) {
        nodes.push_back(nodeView(lineage, rows[i]));
        answer.text += nodeLine(lineage, rows[i]);
    }
    answer.value = {{"total", rows.size()}, {"offset", begin}, {"variants", std::move(nodes)}};
    if (const EvaluationRecord* best = lineage.best())
        answer.value["best"] = best->variant;
    if (end < rows.size()) {
        answer.value["next_offset"] = end;
        answer.text += fmt::format("{} more: offset {}\n", rows.size() - end, end);
    }
    if (rows.empty())
        answer.text = lineage.variants().empty() ? "Nothing yet: submit makes the first variant.\n"
                                                 : "No variant fits the filter.\n";
    return answer;
}

/// What the latest profile has found.
Result<> addProfile(ToolAnswer& answer, VariantId id, McpWorkspace& workspace)
{
    WARPLOOM_TRY(const auto profiles, workspace.profilesOf(id));
    if (profiles.empty())
        return {};
    const ProfileRecord& profile = profiles.back();
    const Bottleneck bottleneck = bottleneckFromName(profile.bottleneck).value_or(Bottleneck::Unknown);
    auto findings = nlohmann::json::array();
    answer.text += fmt::format("limited by {} (size '{}')\n", bottleneckWords(bottleneck), profile.size);
    for (const nlohmann::json& json : profile.diagnosis.value("findings", nlohmann::json::array())) {
        const std::string sentence = sentenceOf(json.get<Finding>());
        findings.push_back(sentence);
        answer.text += "- " + sentence + "\n";
    }
    answer.value["profile"] = {{"bottleneck", profile.bottleneck}, {"size", profile.size}, {"findings", findings}};
    return {};
}

Result<ToolAnswer> tellVariant(const Lineage& lineage, std::size_t row, McpWorkspace& workspace)
{
    const VariantRecord& variant = lineage.variants()[row];
    ToolAnswer answer{nodeLine(lineage, row), nodeView(lineage, row)};
    answer.value["source"] = variant.source;
    answer.value["hypothesis"] = variant.hypothesis;
    if (!variant.hypothesis.empty())
        answer.text += fmt::format("hypothesis ({}): {}\n", hypothesisOutcomeName(variant.outcome), variant.hypothesis);
    if (const EvaluationRecord* shown = lineage.shownEvaluation(row)) {
        WARPLOOM_TRY(const EvaluationRecord full, workspace.evaluation(shown->id));
        answer.value["evaluation"] = evaluationView(full);
        answer.text += evaluationText(full);
        if (full.provisional)
            answer.text += "provisional: not yet confirmed in a fresh process\n";
    }
    WARPLOOM_CHECK(addProfile(answer, variant.id, workspace));
    answer.text += "\n" + variant.source;
    return answer;
}

Result<ToolAnswer> tellBest(McpWorkspace& workspace, const ToolCall& call)
{
    WARPLOOM_TRY(const ToolArguments ignored, ToolArguments::read(call.arguments, {}));
    WARPLOOM_TRY(const Lineage lineage, lineageOf(workspace));
    const EvaluationRecord* best = lineage.best();
    const auto row = best == nullptr ? std::nullopt : lineage.rowOf(best->variant);
    if (!row)
        return fail(ErrorCode::NotFound, "nothing has been found right yet: bench measures a text, submit adds one");
    return tellVariant(lineage, *row, workspace);
}

Result<ToolAnswer> tellOne(McpWorkspace& workspace, const ToolCall& call)
{
    WARPLOOM_TRY(const auto arguments, ToolArguments::read(call.arguments, {"id"}));
    WARPLOOM_TRY(const auto id, arguments.integer("id", 1, INT64_MAX));
    if (!id)
        return fail(ErrorCode::InvalidArgument, "the argument 'id' is missing");
    WARPLOOM_TRY(const Lineage lineage, lineageOf(workspace));
    const auto row = lineage.rowOf(*id);
    if (!row)
        return fail(ErrorCode::NotFound, fmt::format("there is no variant {}: the tool lineage lists them", *id));
    return tellVariant(lineage, *row, workspace);
}

}  // namespace

McpTool lineageTool(const std::shared_ptr<McpWorkspace>& workspace)
{
    McpTool tool;
    tool.name = "lineage";
    tool.title = "What was tried";
    tool.description =
        "The tree of variants: who proposed each, by which move, and what came of it. Depth first, a page at a time. "
        "Look here before trying something: failed attempts say why they failed.";
    tool.inputSchema = schemaOf(
        {{"under", {{"type", "integer"}, {"description", "Only this variant and its descendants."}}},
         {"status", {{"type", "string"}, {"enum", {"right", "failed", "untried"}}}},
         {"agent", {{"type", "string"}, {"description", "Only of this agent: 'rules', 'person', 'mcp:NAME' …"}}},
         {"offset", {{"type", "integer"}, {"minimum", 0}, {"description", "Where the page begins (0)."}}},
         {"limit",
          {{"type", "integer"}, {"minimum", 1}, {"maximum", kLargestPage}, {"description", "Variants a page (50)."}}}});
    tool.call = [workspace](const ToolCall& call) { return tellLineage(*workspace, call); };
    return tool;
}

McpTool bestTool(const std::shared_ptr<McpWorkspace>& workspace)
{
    McpTool tool;
    tool.name = "best";
    tool.title = "The best so far";
    tool.description =
        "The best variant: its source, figures with intervals, trust level (0 compiled … 6 clean under a "
        "memory checker), whether it is provisional, and what limits it.";
    tool.inputSchema = schemaOf(nlohmann::json::object());
    tool.call = [workspace](const ToolCall& call) { return tellBest(*workspace, call); };
    return tool;
}

McpTool variantTool(const std::shared_ptr<McpWorkspace>& workspace)
{
    McpTool tool;
    tool.name = "variant";
    tool.title = "One variant";
    tool.description = "A variant of the lineage with its source, hypothesis, verdict, evidence and findings.";
    tool.inputSchema = schemaOf({{"id", {{"type", "integer"}, {"description", "Its id."}}}}, {"id"});
    tool.call = [workspace](const ToolCall& call) { return tellOne(*workspace, call); };
    return tool;
}

}  // namespace warploom
