// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "mcp/ToolSubject.h"
#include "mcp/WorkspaceTools.h"

namespace warploom {

namespace {

nlohmann::json sizesView(const Task& task)
{
    auto sizes = nlohmann::json::array();
    for (const TaskSize& size : task.sizes) {
        auto uses = nlohmann::json::array();
        if (size.forTiming)
            uses.push_back("time");
        if (size.forVerifying)
            uses.push_back("verify");
        if (size.forEmulator)
            uses.push_back("emulator");
        sizes.push_back({{"name", size.name}, {"values", size.values}, {"use", std::move(uses)}});
    }
    return sizes;
}

nlohmann::json buffersView(const Task& task)
{
    auto buffers = nlohmann::json::array();
    for (const TaskBuffer& buffer : task.buffers) {
        auto shape = nlohmann::json::array();
        for (const Expression& extent : buffer.shape)
            shape.push_back(extent.text());
        buffers.push_back({{"name", buffer.name},
                           {"type", elementTypeName(buffer.type)},
                           {"shape", std::move(shape)},
                           {"role", bufferRoleName(buffer.role)}});
    }
    return buffers;
}

std::string deviceText(const DeviceFacts& facts)
{
    return fmt::format(
        "{} ({}, {}){}\n{} multiprocessors, {} registers and {} bytes of shared memory each, at most {} bytes of "
        "shared "
        "memory a block, {} threads a block; L2 {} MiB; {:.0f} GB/s from memory; {:.1f} TFLOP/s in f32, {:.0f} TFLOP/s "
        "by tensor cores\n",
        facts.name, facts.id, facts.architecture, facts.modelled ? ": modelled, nothing is measured here" : "",
        facts.multiprocessors, facts.registersPerMultiprocessor, facts.sharedPerMultiprocessor.value,
        facts.sharedPerBlockOptIn.value, facts.maxThreadsPerBlock, facts.l2Size.value >> 20,
        facts.dramBytesPerSecond / 1e9, facts.fp32FlopsPerSecond / 1e12, facts.tensorFlopsPerSecond / 1e12);
}

Result<ToolAnswer> tellTask(McpWorkspace& workspace, const ToolCall& call)
{
    WARPLOOM_TRY(const ToolArguments ignored, ToolArguments::read(call.arguments, {}));
    WARPLOOM_TRY(const Task task, workspace.task());
    WARPLOOM_TRY(const DeviceFacts facts, workspace.facts());
    ToolAnswer answer;
    answer.value = {{"name", task.name},
                    {"title", task.title},
                    {"computes", task.summary},
                    {"buffers", buffersView(task)},
                    {"sizes", sizesView(task)},
                    {"tolerance", {{"rtol", task.relativeTolerance}, {"atol", task.absoluteTolerance}}},
                    {"task_toml", task.tomlText},
                    {"baseline", task.baselineSource},
                    {"directives", directiveNotes()},
                    {"device", facts},
                    {"workspace", workspace.place().workspace.string()}};
    answer.text =
        fmt::format("# {}: {}\n\n{}\n\n## Device\n{}\n## task.toml\n{}\n## Baseline\n{}\n## Directives\n{}", task.name,
                    task.title, task.summary, deviceText(facts), task.tomlText, task.baselineSource, directiveNotes());
    return answer;
}

}  // namespace

McpTool taskTool(const std::shared_ptr<McpWorkspace>& workspace)
{
    McpTool tool;
    tool.name = "task";
    tool.title = "What must be computed";
    tool.description =
        "The task of this workspace: what a kernel must compute, its buffers, sizes, tolerance and legal "
        "inputs, the baseline kernel that speedups are against, how a kernel file is written, and the "
        "device. Call this first.";
    tool.inputSchema = schemaOf(nlohmann::json::object());
    tool.call = [workspace](const ToolCall& call) { return tellTask(*workspace, call); };
    return tool;
}

}  // namespace warploom
