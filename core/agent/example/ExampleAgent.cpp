// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/example/ExampleAgent.h"

#include <utility>

#include "agent/answer/ParsedAnswer.h"
#include "agent/llm/LlmAgent.h"
#include "agent/prompt/Prompt.h"

namespace warploom {

namespace {

/// No server takes prompts for it, so that none has to be cut.
constexpr std::int64_t kPromptTokens = 48000;

const std::string& textAskedAbout(const AgentContext& context)
{
    return context.repair ? context.repair->variant.source : context.parent.source;
}

}  // namespace

ExampleAgent::ExampleAgent(Settings settings)
    : m_settings(std::move(settings))
{
}

Result<const WrittenExample*> ExampleAgent::exampleFor(const Task& task)
{
    const std::lock_guard lock(m_mutex);
    if (!m_example) {
        WARPLOOM_TRY(m_example, WrittenExample::make(task.name, task.baselineSource, m_settings.answers));
        m_task = task.name;
    }
    if (m_task != task.name)
        return fail(ErrorCode::NotFound, "the written example of this run is for " + m_task);
    return &*m_example;
}

bool ExampleAgent::claim(const WrittenAnswer& answer)
{
    const std::lock_guard lock(m_mutex);
    return m_given.insert(answer.id).second;
}

Result<std::vector<Proposal>> ExampleAgent::propose(const AgentContext& context, std::stop_token stop)
{
    WARPLOOM_TRY(const WrittenExample* const example, exampleFor(*context.task));
    const std::string& source = textAskedAbout(context);
    const WrittenAnswer* answer = example->answerTo(source, context.repair.has_value());
    if (answer == nullptr && !example->knows(source))
        tellThatThereIsNone(context);
    if (answer == nullptr || !claim(*answer))
        return std::vector<Proposal>{};
    LlmSettings settings;
    settings.key = key();
    settings.model = model();
    settings.prompt.tokens = kPromptTokens;
    settings.asksAgain = 0;
    settings.price.prompt = settings.price.answer = MicroDollars{0};
    settings.knowledge = m_settings.knowledge;
    LlmAgent agent(std::make_shared<WrittenService>(answer->text, m_settings.pace), std::move(settings), composePrompt,
                   parseAnswer);
    // Its answers change the text that they were written for, whatever else the search would have tried.
    AgentContext refining = context;
    refining.mode = MemoryMode::Refine;
    return agent.propose(refining, std::move(stop));
}

/// As an exchange: whoever looks at the run sees what was asked, and why nothing came of it.
void ExampleAgent::tellThatThereIsNone(const AgentContext& context) const
{
    ExchangeRecord record;
    record.agent = key();
    record.model = model();
    record.purpose = context.repair ? "repair" : "propose";
    record.parent = context.parent.id;
    record.mode = memoryModeName(context.mode);
    record.costMicroDollars = 0;
    const std::int64_t number = context.exchanges.started ? context.exchanges.started(record) : 0;
    record.fault = answerFaultName(AnswerFault::Refused);
    record.explanation = "the written example has no answer for this text: it is none of its own";
    if (context.exchanges.finished)
        context.exchanges.finished(number, record);
}

}  // namespace warploom
