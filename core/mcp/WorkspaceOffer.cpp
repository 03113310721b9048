// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "mcp/WorkspaceTools.h"

namespace warploom {

namespace {

constexpr const char* kInstructions =
    "Warploom evolves CUDA kernels for one task. A kernel file is a variant; every variant is compiled, proved right "
    "against a float64 reference on listed and hidden sizes and inputs, timed beside the best so far, and kept in a "
    "lineage that people and other agents grow too. Begin with task, then best and diagnose; try ideas with check and "
    "bench; submit what is worth keeping, with the hypothesis and the gain you expect. Only a verdict of ok counts, "
    "and "
    "only speedups whose interval is above 1. Figures of kind 'modelled' come from an emulator and are no "
    "measurements.";

constexpr const char* kPrompt =
    "Make the kernel of this Warploom workspace faster. Call the tool task to learn what must be computed and on which "
    "device, best for what there is, and diagnose for what limits it. Then, as long as there is something to gain: "
    "form a "
    "hypothesis from the findings, change the source, bench it, and submit what is right and promising with its "
    "parent, "
    "move, hypothesis and predicted gain. Use lineage so that you do not repeat what failed. Stop when diagnose says "
    "that "
    "an honest limit is reached, and say what you found.";

McpResource textResource(const char* uri, const char* name, const char* title, const char* mimeType,
                         std::function<Result<std::string>()> read)
{
    return {uri, name, title, mimeType, std::move(read)};
}

Result<std::string> bestSource(McpWorkspace& workspace)
{
    WARPLOOM_TRY(auto content, workspace.content());
    const Lineage lineage(std::move(content));
    const EvaluationRecord* best = lineage.best();
    if (best == nullptr)
        return fail(ErrorCode::NotFound, "nothing has been found right yet");
    return lineage.find(best->variant)->source;
}

Result<std::vector<McpResource>> resourcesOf(const std::shared_ptr<McpWorkspace>& workspace)
{
    std::vector<McpResource> resources;
    resources.push_back(textResource("warploom://task/task.toml", "task.toml", "The task", "application/toml",
                                     [workspace]() -> Result<std::string> {
                                         WARPLOOM_TRY(Task task, workspace->task());
                                         return std::move(task.tomlText);
                                     }));
    resources.push_back(textResource("warploom://task/baseline.cu", "baseline.cu", "The baseline", "text/x-cuda",
                                     [workspace]() -> Result<std::string> {
                                         WARPLOOM_TRY(Task task, workspace->task());
                                         return std::move(task.baselineSource);
                                     }));
    resources.push_back(textResource("warploom://best.cu", "best.cu", "The best variant so far", "text/x-cuda",
                                     [workspace] { return bestSource(*workspace); }));
    resources.push_back(textResource("warploom://directives.txt", "directives.txt", "How a kernel file is written",
                                     "text/plain",
                                     []() -> Result<std::string> { return std::string(directiveNotes()); }));
    return resources;
}

}  // namespace

McpOffer workspaceOffer(const std::shared_ptr<McpWorkspace>& workspace)
{
    McpOffer offer;
    offer.instructions = kInstructions;
    offer.tools = {taskTool(workspace),     checkTool(workspace),    benchTool(workspace),   profileTool(workspace),
                   diagnoseTool(workspace), submitTool(workspace),   lineageTool(workspace), bestTool(workspace),
                   variantTool(workspace),  knowledgeTool(workspace)};
    offer.resources = [workspace] { return resourcesOf(workspace); };
    offer.prompts = {{"optimise", "Make the kernel faster",
                      "Lets the model evolve the kernel of this workspace until a limit is reached.", kPrompt}};
    return offer;
}

}  // namespace warploom
