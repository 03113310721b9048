// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ProvenMoves.h"

namespace warploom::test {

/// One of tests/core/engine/styles: a task of the library as other people write it, and the move that it is for.
struct KernelStyle {
    std::string name;  ///< "softmax-c"
    std::string task;
    std::string expected;
    std::string source;
};

/// Those whose index, counted from 0 by name, leaves \p rest when divided by \p parts.
inline std::vector<KernelStyle> kernelStyles(std::size_t parts, std::size_t rest)
{
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(sourceFolder() / "tests/core/engine/styles"))
        files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    std::vector<KernelStyle> styles;
    for (std::size_t i = rest; i < files.size(); i += parts) {
        KernelStyle style;
        style.name = files[i].stem().string();
        style.task = style.name.substr(0, style.name.find('-'));
        style.source = readFile(files[i]);
        const std::string mark = "// expects: ";
        const auto at = style.source.find(mark);
        style.expected = at == std::string::npos
            ? std::string()
            : style.source.substr(at + mark.size(), style.source.find('\n', at) - at - mark.size());
        styles.push_back(std::move(style));
    }
    return styles;
}

/// Why \p style does not get its move, or what it makes is not right on the emulator; empty where all is well.
inline std::string objectionToStyle(const KernelStyle& style)
{
    const auto task = loadTask(sourceFolder() / "kernels" / style.task);
    if (!task)
        return task.error().toString();
    RulesAgent agent;
    AgentContext context;
    context.task = &*task;
    context.parent.source = style.source;
    const auto proposals = agent.propose(context, {});
    if (!proposals)
        return proposals.error().toString();
    const auto found = std::find_if(proposals->begin(), proposals->end(),
                                    [&](const Proposal& proposal) { return proposal.move == style.expected; });
    if (found == proposals->end())
        return style.expected + " proposes nothing";
    return objectionToSource(*task, found->source);
}

}  // namespace warploom::test
