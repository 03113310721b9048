// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/RulesAgent.h"

#include "protocol/MoveValues.h"
#include "workers/WorkerLocations.h"

namespace warploom {

namespace {

constexpr auto kRewriteDeadline = std::chrono::seconds(20);

MoveRequest requestFor(const AgentContext& context)
{
    MoveRequest request;
    request.source = context.parent.source;
    request.fileName = "kernel.cu";
    for (const TaskBuffer& buffer : context.task->buffers) {
        BufferFact fact{
            buffer.name, std::string(elementTypeName(buffer.type)), std::string(bufferRoleName(buffer.role)), {}};
        for (const Expression& extent : buffer.shape)
            fact.shape.push_back(extent.text());
        request.buffers.push_back(std::move(fact));
    }
    request.sizes = context.task->sizeNames();
    return request;
}

}  // namespace

Result<> RulesAgent::ensureRewriter(std::stop_token stop)
{
    if (m_rewriter && m_rewriter->isAlive())
        return {};
    WARPLOOM_TRY(const auto program, locateProgram("warploom-rewriter"));
    WorkerCommand command;
    command.program = program.string();
    command.kind = "rewriter";
    WARPLOOM_TRY(m_rewriter, WorkerClient::start(command, std::chrono::seconds(20), stop));
    return {};
}

Result<std::vector<Proposal>> RulesAgent::propose(const AgentContext& context, std::stop_token stop)
{
    WARPLOOM_CHECK(ensureRewriter(stop));
    CallOptions options = WorkerClient::defaultOptions();
    options.deadline = kRewriteDeadline;
    options.stopToken = stop;
    WARPLOOM_TRY(const auto json, m_rewriter->call("moves/propose", requestFor(context), std::move(options)));
    WARPLOOM_TRY(const MoveAnswer answer, moveAnswerFromJson(json));
    std::vector<Proposal> proposals;
    for (const MoveProposal& move : answer.proposals)
        proposals.push_back({name(), move.move, move.title, move.source, move.hypothesis, move.predictedGain});
    return proposals;
}

}  // namespace warploom
