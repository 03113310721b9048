// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/RulesAgent.h"

#include "protocol/MoveValues.h"
#include "workers/WorkerLocations.h"

namespace warploom {

namespace {

constexpr auto kRewriteDeadline = std::chrono::seconds(20);
constexpr auto kStartDeadline = std::chrono::seconds(20);
constexpr int kStarts = 3;

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

Result<> RulesAgent::start(std::stop_token stop)
{
    if (m_rewriter && m_rewriter->isAlive())
        return {};
    auto program = locateProgram("warploom-rewriter");
    if (!program) {
        Error error = std::move(program).error();
        error.code = ErrorCode::LibraryMissing;
        return fail(std::move(error));
    }
    WorkerCommand command;
    command.program = program->string();
    command.kind = "rewriter";
    Result<std::shared_ptr<WorkerClient>> started = fail(ErrorCode::Internal, "never started");
    for (int attempt = 0; attempt < kStarts && !started && !stop.stop_requested(); ++attempt)
        started = WorkerClient::start(command, kStartDeadline, stop);
    if (stop.stop_requested())
        return fail(ErrorCode::Cancelled, "stopped");
    WARPLOOM_CHECK(started);
    m_rewriter = std::move(*started);
    return {};
}

Result<std::vector<Proposal>> RulesAgent::propose(const AgentContext& context, std::stop_token stop)
{
    WARPLOOM_CHECK(start(stop));
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
