// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/command/CommandAgent.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include <unistd.h>

#include <fmt/format.h>

#include "agent/command/CommandAnswer.h"
#include "agent/command/CommandRun.h"
#include "agent/prompt/Prompt.h"
#include "protocol/BoundedJson.h"

namespace warploom {

namespace {

bool isProgram(const std::filesystem::path& path)
{
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

/// As execvp() looks for it.
bool isThere(const std::string& program)
{
    if (program.find('/') != std::string::npos)
        return isProgram(program);
    const char* variable = std::getenv("PATH");
    std::string_view folders = variable == nullptr ? "/usr/bin:/bin" : variable;
    while (!folders.empty()) {
        const std::size_t end = std::min(folders.find(':'), folders.size());
        if (isProgram(std::filesystem::path(folders.substr(0, end)) / program))
            return true;
        folders.remove_prefix(std::min(end + 1, folders.size()));
    }
    return false;
}

Proposal proposalOf(ParsedAnswer answer, const AgentContext& context, const std::string& agent)
{
    Proposal proposal;
    proposal.agent = agent;
    proposal.move = std::move(answer.move);
    proposal.title = std::move(answer.title);
    proposal.source = std::move(answer.source);
    proposal.hypothesis = std::move(answer.hypothesis);
    proposal.predictedGain = answer.predictedGain;
    proposal.mode = context.mode;
    if (context.repair)
        proposal.repairs = context.repair->variant.id;
    if (context.mode == MemoryMode::Combine && context.partner)
        proposal.partner = context.partner->id;
    return proposal;
}

}  // namespace

CommandAgent::CommandAgent(CommandSettings settings)
    : m_settings(std::move(settings))
{
}

Result<> CommandAgent::start(std::stop_token stop)
{
    static_cast<void>(stop);
    if (m_settings.command.empty())
        return fail(ErrorCode::InvalidArgument, "the command agent has no program");
    if (!isThere(m_settings.command.front()))
        return fail(
            ErrorCode::LibraryMissing,
            fmt::format("the command agent's program '{}' cannot be found or executed", m_settings.command.front()));
    return {};
}

Result<std::vector<Proposal>> CommandAgent::propose(const AgentContext& context, std::stop_token stop)
{
    WARPLOOM_CHECK(start(stop));
    const std::string question = writeJson(contextJson(context, m_settings.knowledge.get())) + "\n";
    ExchangeRecord record;
    record.agent = key();
    record.purpose = context.repair ? "repair" : "propose";
    record.parent = context.parent.id;
    record.mode = memoryModeName(context.mode);
    record.messages = {{"user", question}};
    const std::int64_t number = context.exchanges.started ? context.exchanges.started(record) : 0;
    const auto begun = std::chrono::steady_clock::now();
    auto output = runCommand({m_settings.command, m_settings.deadline, m_settings.mostOutput}, question, stop);
    record.seconds = Seconds(std::chrono::steady_clock::now() - begun).count();
    auto proposals =
        output ? read(*output, context, record) : Result<std::vector<Proposal>>(fail(std::move(output).error()));
    if (!proposals && record.fault.empty()) {
        record.errorCode = errorCodeName(proposals.error().code);
        record.error = proposals.error().toString();
    }
    if (context.exchanges.finished)
        context.exchanges.finished(number, record);
    if (!proposals)
        return proposals;
    for (Proposal& proposal : *proposals)
        proposal.exchange = number;
    return proposals;
}

Result<std::vector<Proposal>> CommandAgent::read(const std::string& output, const AgentContext& context,
                                                 ExchangeRecord& record)
{
    record.answer = output;
    WARPLOOM_TRY(auto answers, parseCommandAnswer(output, sourceToChange(context)));
    std::vector<Proposal> proposals;
    for (ParsedAnswer& answer : answers) {
        if (answer.fault == AnswerFault::None) {
            proposals.push_back(proposalOf(std::move(answer), context, name()));
            continue;
        }
        if (m_settings.onFault)
            m_settings.onFault(answer);
        if (!record.fault.empty())
            continue;
        record.fault = answerFaultName(answer.fault);
        record.explanation = answer.explanation;
    }
    if (proposals.empty() && !record.fault.empty())
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the program's answer cannot be used: {}: {}", record.fault, record.explanation));
    return proposals;
}

}  // namespace warploom
