// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "TestSupport.h"

#include "agent/RulesAgent.h"
#include "evaluate/EvaluationRig.h"
#include "task/TaskLoader.h"
#include "variant/Directives.h"

namespace warploom::test {

/// \p text of a task that is written for several types, with \p with in place of each \p what.
inline std::string replacedAll(std::string text, const std::string& what, const std::string& with)
{
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
    return text;
}

/// What comes of a task's baseline by moves one after the other ("row-per-block#1": the second proposal of that move);
/// an Error where one of them proposes nothing.
inline Result<std::string> madeBy(const Task& task, const std::vector<std::string>& moves)
{
    RulesAgent agent;
    AgentContext context;
    context.task = &task;
    context.parent.source = task.baselineSource;
    context.multiprocessors = 132;
    for (const std::string& step : moves) {
        const auto mark = step.find('#');
        std::size_t number = mark == std::string::npos ? 0 : std::stoul(step.substr(mark + 1));
        WARPLOOM_TRY(const auto proposals, agent.propose(context, {}));
        const auto found = std::find_if(proposals.begin(), proposals.end(), [&](const Proposal& proposal) {
            return proposal.move == step.substr(0, mark) && number-- == 0;
        });
        if (found == proposals.end())
            return fail(ErrorCode::NotFound, step + " proposes nothing");
        context.parent.source = found->source;
    }
    return context.parent.source;
}

/// Why \p source is not right on the emulator, under every check it has; empty where it is.
inline std::string objectionToSource(const Task& task, const std::string& source)
{
    const auto directives = parseDirectives(source, "kernel.cu");
    const auto rig = EvaluationRig::start(task, "emulator", {});
    if (!directives || !rig)
        return "no directives or no emulator:\n" + source;
    const auto record =
        (*rig)->evaluate(source, "kernel.cu", directives->defaultConfiguration(), std::nullopt, true, {});
    if (!record)
        return record.error().toString();
    return record->verdict == Verdict::Ok && record->trust == 4 ? std::string() : record->message + "\n" + source;
}

/// The same of what \p moves make of the library's task \p name.
inline std::string objectionToMade(const std::string& name, const std::vector<std::string>& moves)
{
    const auto task = loadTask(sourceFolder() / "kernels" / name);
    if (!task)
        return task.error().toString();
    const auto source = madeBy(*task, moves);
    return source ? objectionToSource(*task, *source) : source.error().toString();
}

}  // namespace warploom::test
