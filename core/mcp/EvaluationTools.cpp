// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "mcp/EvaluationView.h"
#include "mcp/ToolSubject.h"
#include "mcp/WorkspaceTools.h"

namespace warploom {

namespace {

/// The best of the lineage, where its figures may stand beside those of this device.
Result<std::optional<EvaluationRecord>> comparableBest(McpWorkspace& workspace)
{
    WARPLOOM_TRY(auto content, workspace.content());
    WARPLOOM_TRY(const std::string device, workspace.device());
    WARPLOOM_TRY(const Task task, workspace.task());
    const Lineage lineage(std::move(content));
    const EvaluationRecord* best = lineage.best();
    const EnvironmentRecord* environment = best == nullptr ? nullptr : lineage.environment(best->environment);
    if (environment == nullptr || environment->device != device || environment->taskRevision != task.revision)
        return std::optional<EvaluationRecord>();
    return std::optional(*best);
}

/// Through the speedups of both over the baseline.
void compareWithBest(ToolAnswer& answer, const EvaluationRecord& record, const EvaluationRecord& best)
{
    if (!record.speedup || !best.speedup || best.modelled != record.modelled)
        return;
    const Interval& own = *record.speedup;
    const Interval& its = *best.speedup;
    const Interval ratio{own.estimate / its.estimate, own.low / its.high, own.high / its.low};
    answer.value["best"] = {
        {"variant", best.variant},
        {"speedup_over_baseline", intervalView(its, best.modelled)},
        {"speedup_over_best", intervalView(ratio, record.modelled)},
        {"note", "from both speedups over the baseline; a submitted variant is timed beside the best"}};
    answer.text += record.modelled
        ? fmt::format("{:.3f}× the best so far (variant {}), modelled\n", ratio.estimate, best.variant)
        : fmt::format("{:.3f}× the best so far (variant {}) [{:.3f}, {:.3f}], from both speedups over the baseline\n",
                      ratio.estimate, best.variant, ratio.low, ratio.high);
}

Result<ToolAnswer> evaluate(McpWorkspace& workspace, const ToolCall& call, bool isTimed)
{
    WARPLOOM_TRY(const auto arguments, ToolArguments::read(call.arguments, {"source", "variant", "configuration"}));
    WARPLOOM_TRY(ToolSubject subject, subjectOf(arguments, workspace));
    subject.order.timed = isTimed;
    WARPLOOM_TRY(const auto client, workspace.connect({}, call.stop));
    WARPLOOM_TRY(const EvaluationRecord record, client->check(subject.order, call.stop, progressOf(call)));
    ToolAnswer answer{fmt::format("{}: {}", subject.name, evaluationText(record)), evaluationView(record)};
    answer.value["device"] = subject.order.device;
    if (subject.variant != 0)
        answer.value["variant"] = subject.variant;
    if (!isTimed)
        return answer;
    WARPLOOM_TRY(const auto best, comparableBest(workspace));
    if (best)
        compareWithBest(answer, record, *best);
    return answer;
}

}  // namespace

McpTool checkTool(const std::shared_ptr<McpWorkspace>& workspace)
{
    McpTool tool;
    tool.name = "check";
    tool.title = "Compile and verify";
    tool.description =
        "Compiles a kernel and proves it right on every size of the task and on hidden cases, without timing it. Gives "
        "the verdict (ok, invalid, compile-error, launch-error, wrong, nondeterministic, out-of-bounds, race, timeout, "
        "crashed, suspect, not-emulated) with its evidence: the compiler's messages with lines, the first wrong "
        "elements, "
        "the faulting line. Nothing is kept: use submit for what shall stay. Seconds on a GPU.";
    tool.inputSchema = schemaOf(subjectProperties());
    tool.call = [workspace](const ToolCall& call) { return evaluate(*workspace, call, false); };
    return tool;
}

McpTool benchTool(const std::shared_ptr<McpWorkspace>& workspace)
{
    McpTool tool;
    tool.name = "bench";
    tool.title = "Verify and time";
    tool.description =
        "What check does, and then times the kernel against the baseline in interleaved rounds: time and speedup with "
        "their intervals, and how it stands to the best so far. Intervals that contain 1 mean: no difference. Where "
        "kind "
        "is 'modelled' (on the emulator) nothing was measured. Nothing is kept. Seconds to a minute.";
    tool.inputSchema = schemaOf(subjectProperties());
    tool.call = [workspace](const ToolCall& call) { return evaluate(*workspace, call, true); };
    return tool;
}

}  // namespace warploom
