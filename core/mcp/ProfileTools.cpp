// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "analysis/ChangeSentence.h"
#include "analysis/Rule.h"
#include "mcp/EvaluationView.h"
#include "mcp/ToolSubject.h"
#include "mcp/WorkspaceTools.h"

namespace warploom {

namespace {

constexpr std::size_t kLinesShown = 20;

struct Profiled {
    ToolSubject subject;
    VariantProfile profile;
};

Result<Profiled> profiledFor(McpWorkspace& workspace, const ToolCall& call)
{
    WARPLOOM_TRY(const auto arguments,
                 ToolArguments::read(call.arguments, {"source", "variant", "configuration", "size"}));
    Profiled profiled;
    WARPLOOM_TRY(profiled.subject, subjectOf(arguments, workspace));
    ProfileOrder order;
    order.source = profiled.subject.order;
    WARPLOOM_TRY(const auto size, arguments.text("size"));
    order.size = size.value_or("");
    WARPLOOM_TRY(const auto client, workspace.connect({}, call.stop));
    WARPLOOM_TRY(profiled.profile, client->profile(order, call.stop, progressOf(call)));
    return profiled;
}

nlohmann::json profileSchema()
{
    nlohmann::json properties = subjectProperties();
    properties["size"] = {{"type", "string"},
                          {"description", "Name of one of the task's sizes for 'time'; the first otherwise."}};
    return schemaOf(std::move(properties));
}

std::string titleLine(const Profiled& profiled)
{
    const VariantProfile& profile = profiled.profile;
    const bool isModelled = profile.observation.facts.modelled;
    return fmt::format("{} at size '{}' on {}: {}{}, {:.0f} % of the {} peak\n", profiled.subject.name, profile.size,
                       profile.observation.facts.name, microsecondsText(profile.observation.time.count()),
                       isModelled ? " modelled" : "", 100 * profile.diagnosis.shareOfPeak,
                       peakOriginName(profile.diagnosis.peakOrigin));
}

nlohmann::json headView(const Profiled& profiled)
{
    const VariantProfile& profile = profiled.profile;
    nlohmann::json view{{"size", profile.size},
                        {"device", profile.observation.facts.id},
                        {"share_of_peak", profile.diagnosis.shareOfPeak},
                        {"missing", profile.missing}};
    if (profile.time)
        view["time_us"] = intervalView(*profile.time, profile.observation.facts.modelled);
    if (profiled.subject.variant != 0)
        view["variant"] = profiled.subject.variant;
    return view;
}

std::vector<std::pair<int, LineCounters>> hottestLines(const VariantProfile& profile)
{
    std::vector<std::pair<int, LineCounters>> lines(profile.lines.begin(), profile.lines.end());
    std::stable_sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) {
        return a.second.warpInstructions > b.second.warpInstructions;
    });
    return lines;
}

void addLines(ToolAnswer& answer, const Profiled& profiled)
{
    const auto lines = hottestLines(profiled.profile);
    double all = 0;
    for (const auto& [number, counts] : lines)
        all += static_cast<double>(counts.warpInstructions);
    answer.value["lines"] = nlohmann::json::array();
    if (all <= 0)
        return;
    answer.text += "\nhottest lines: share of instructions, 32-byte sectors, bank conflicts\n";
    for (std::size_t i = 0; i < std::min(lines.size(), kLinesShown); ++i) {
        const auto& [number, counts] = lines[i];
        const double share = static_cast<double>(counts.warpInstructions) / all;
        const std::string source = lineOf(profiled.subject.order.source, number);
        nlohmann::json view{{"line", number},
                            {"source", source},
                            {"instruction_share", share},
                            {"sectors", counts.globalSectors},
                            {"requests", counts.globalRequests},
                            {"bank_conflicts", counts.sharedBankConflicts},
                            {"divergent_branches", counts.divergentBranches}};
        std::string reasons;
        if (const auto stalls = profiled.profile.observation.stalledLines.find(number);
            stalls != profiled.profile.observation.stalledLines.end() && stalls->second.samples > 0) {
            for (const auto& [reason, samples] : stalls->second.ranked()) {
                view["stalls"][reason] = static_cast<double>(samples) / static_cast<double>(stalls->second.samples);
                if (reasons.empty())
                    reasons = fmt::format(", mostly {}", stallReasonText(reason));
            }
        }
        answer.value["lines"].push_back(std::move(view));
        answer.text += fmt::format("{:>4}: {:4.1f} %, {}, {}{}  {}\n", number, 100 * share, counts.globalSectors,
                                   counts.sharedBankConflicts, reasons, source);
    }
}

Result<ToolAnswer> profileFor(McpWorkspace& workspace, const ToolCall& call)
{
    WARPLOOM_TRY(const Profiled profiled, profiledFor(workspace, call));
    ToolAnswer answer{titleLine(profiled), headView(profiled)};
    auto figures = nlohmann::json::array();
    for (const Figure& figure : profiled.profile.figures) {
        figures.push_back({{"name", figure.name},
                           {"title", figure.title},
                           {"value", figure.value},
                           {"unit", figure.unit},
                           {"kernel", figure.kernel},
                           {"origin", figureOriginName(figure.origin)}});
        answer.text += fmt::format("{}: {:.4g}{}{}, {}\n", figure.title, figure.value, figure.unit.empty() ? "" : " ",
                                   figure.unit, figureOriginName(figure.origin));
    }
    answer.value["figures"] = std::move(figures);
    addLines(answer, profiled);
    for (const std::string& missing : profiled.profile.missing)
        answer.text += "missing: " + missing + "\n";
    return answer;
}

nlohmann::json findingView(const Finding& finding, const Rule* rule)
{
    nlohmann::json view{
        {"rule", finding.rule},        {"bottleneck", bottleneckName(finding.bottleneck)},
        {"says", sentenceOf(finding)}, {"gain", {{"least", finding.leastGain}, {"most", finding.mostGain}}},
        {"lines", finding.lines},      {"moves", finding.moves},
        {"numbers", finding.numbers}};
    if (rule != nullptr) {
        view["title"] = rule->title;
        view["cure"] = rule->cure;
    }
    return view;
}

std::string findingLines(const Finding& finding, const Rule* rule)
{
    std::string text = fmt::format("- {}", rule != nullptr ? std::string(rule->title) : finding.rule);
    text += finding.mostGain > 1 ? fmt::format(" ({:.2f}× to {:.2f}× without it)", finding.leastGain, finding.mostGain)
                                 : std::string(" (an honest limit: nothing to gain)");
    if (!finding.lines.empty())
        text += fmt::format(", line {}", fmt::join(finding.lines, ", "));
    text += "\n  " + sentenceOf(finding) + "\n";
    if (rule != nullptr && !rule->cure.empty())
        text += fmt::format("  {}\n", rule->cure);
    if (!finding.moves.empty())
        text += fmt::format("  moves of the built-in agent: {}\n", fmt::join(finding.moves, ", "));
    return text;
}

Result<ToolAnswer> diagnoseFor(McpWorkspace& workspace, const ToolCall& call)
{
    WARPLOOM_TRY(const Profiled profiled, profiledFor(workspace, call));
    const Diagnosis& diagnosis = profiled.profile.diagnosis;
    ToolAnswer answer{titleLine(profiled), headView(profiled)};
    answer.text += fmt::format("limited by {}\n", bottleneckWords(diagnosis.primary));
    auto findings = nlohmann::json::array();
    for (const Finding& finding : diagnosis.findings) {
        const Rule* rule = findRule(finding.rule);
        findings.push_back(findingView(finding, rule));
        answer.text += findingLines(finding, rule);
    }
    answer.value["bottleneck"] = bottleneckName(diagnosis.primary);
    answer.value["occupancy"] = diagnosis.occupancy;
    answer.value["findings"] = std::move(findings);
    answer.value["unknown"] = diagnosis.unknown;
    for (const std::string& unknown : diagnosis.unknown)
        answer.text += "unknown: " + unknown + "\n";
    return answer;
}

}  // namespace

McpTool profileTool(const std::shared_ptr<McpWorkspace>& workspace)
{
    McpTool tool;
    tool.name = "profile";
    tool.title = "Figures and hot lines";
    tool.description =
        "Profiles a kernel that is right, at one size: time, share of the peak, counters (on a GPU the card's, on the "
        "emulator exact counts), and the hottest source lines with their memory sectors, bank conflicts and, on a GPU, "
        "what warps wait for. origin tells measured from counted and modelled. Without source and variant: the best.";
    tool.inputSchema = profileSchema();
    tool.call = [workspace](const ToolCall& call) { return profileFor(*workspace, call); };
    return tool;
}

McpTool diagnoseTool(const std::shared_ptr<McpWorkspace>& workspace)
{
    McpTool tool;
    tool.name = "diagnose";
    tool.title = "What limits a kernel";
    tool.description =
        "Says what keeps a kernel from being faster, by the gain to expect: each finding with its numbers, lines, the "
        "speedup if it were gone, what to do about it, and which moves of the built-in agent address it. Without "
        "source "
        "and variant: the best. Call it before changing anything.";
    tool.inputSchema = profileSchema();
    tool.call = [workspace](const ToolCall& call) { return diagnoseFor(*workspace, call); };
    return tool;
}

}  // namespace warploom
