// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/RulesAgent.h"

#include <utility>

#include <fmt/format.h>

#include "protocol/MoveValues.h"
#include "protocol/SourceLimits.h"
#include "workers/WorkerLocations.h"

namespace warploom {

namespace {

constexpr auto kStartDeadline = std::chrono::seconds(20);
constexpr int kStarts = 3;
/// Clang needs some 100 MiB for a kernel.
constexpr Bytes kMostMemory{std::uint64_t{2} << 30};

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
        fact.isAscending = buffer.isAscending();
        request.buffers.push_back(std::move(fact));
    }
    request.sizes = context.task->sizeNames();
    for (const TaskSize* size : context.task->timeSizes())
        for (const auto& [name, value] : size->values)
            request.timeSizes[name].push_back(value);
    request.rtol = context.task->relativeTolerance;
    request.atol = context.task->absoluteTolerance;
    request.multiprocessors = context.multiprocessors;
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
    command.mostMemory = kMostMemory;
    Result<std::shared_ptr<WorkerClient>> started = fail(ErrorCode::Internal, "never started");
    for (int attempt = 0; attempt < kStarts && !started && !stop.stop_requested(); ++attempt)
        started = WorkerClient::start(command, kStartDeadline, stop);
    if (stop.stop_requested())
        return fail(ErrorCode::Cancelled, "stopped");
    WARPLOOM_CHECK(started);
    m_rewriter = std::move(*started);
    m_hasServed = false;
    return {};
}

Result<nlohmann::json> RulesAgent::ask(const AgentContext& context, std::stop_token stop, bool& wasFresh)
{
    WARPLOOM_CHECK(start(stop));
    wasFresh = !std::exchange(m_hasServed, true);
    bool isStuck = false;
    CallOptions options = WorkerClient::defaultOptions();
    options.deadline = m_deadline;
    options.stopToken = std::move(stop);
    options.onUnanswered = [&isStuck] { isStuck = true; };
    auto json = m_rewriter->call("moves/propose", requestFor(context), std::move(options));
    // One that is being killed may still look alive, and one whose memory is full stays so.
    if (isStuck || !m_rewriter->isAlive() || (!json && json.error().code == ErrorCode::OutOfMemory))
        m_rewriter.reset();
    return json;
}

Result<std::vector<Proposal>> RulesAgent::propose(const AgentContext& context, std::stop_token stop)
{
    if (context.parent.source.size() > kLargestParent)
        return fail(Error{ErrorCode::InvalidInput,
                          "the source is too large for the rewriter",
                          {},
                          fmt::format("at most {} MiB", kLargestParent / kMiB.value),
                          fmt::format("{} bytes", context.parent.source.size())});
    bool wasFresh = true;
    auto json = ask(context, stop, wasFresh);
    // What fills a rewriter up may be what earlier parents have left in it.
    if (!json
        && (json.error().code == ErrorCode::ProcessFailed
            || (json.error().code == ErrorCode::OutOfMemory && !wasFresh)))
        json = ask(context, stop, wasFresh);
    WARPLOOM_CHECK(json);
    WARPLOOM_TRY(const MoveAnswer answer, moveAnswerFromJson(*json));
    std::vector<Proposal> proposals;
    for (const MoveProposal& move : answer.proposals)
        proposals.push_back({name(), move.move, move.title, move.source, move.hypothesis, move.predictedGain});
    return proposals;
}

}  // namespace warploom
