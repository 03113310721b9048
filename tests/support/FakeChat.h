// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "agent/llm/LlmAgent.h"

namespace warploom::test {

/// A model server that is not there: answers what a test wants it to.
class FakeChat : public ChatService {
public:
    /// \p number: of the request, from 0.
    using Answering =
        std::function<Result<ChatAnswer>(const ChatRequest& request, std::size_t number, std::stop_token)>;

    explicit FakeChat(Answering answering)
        : m_answering(std::move(answering))
    {
    }
    Result<ChatAnswer> chat(const ChatRequest& request, const TextSink&, std::stop_token stop) override
    {
        std::size_t number = 0;
        {
            const std::lock_guard lock(m_mutex);
            number = m_requests.size();
            m_requests.push_back(request);
        }
        return m_answering(request, number, std::move(stop));
    }
    [[nodiscard]] std::vector<ChatRequest> requests() const
    {
        const std::lock_guard lock(m_mutex);
        return m_requests;
    }

private:
    Answering m_answering;
    mutable std::mutex m_mutex;
    std::vector<ChatRequest> m_requests;
};

inline ChatAnswer answerOf(std::string text, std::int64_t promptTokens = 100, std::int64_t answerTokens = 50)
{
    ChatAnswer answer;
    answer.text = std::move(text);
    answer.usage = {promptTokens, 0, answerTokens, false};
    answer.finish = ChatFinish::Stop;
    answer.model = "model-of-the-server";
    return answer;
}

/// Tells of the parent's number only, and takes every answer for a whole kernel but for those that begin with "?".
inline Prompt plainPrompt(const AgentContext& context, const PromptBudget&, const KnowledgeBase*)
{
    Prompt prompt;
    prompt.system = "You write kernels.";
    prompt.parts.push_back({"parent", "Parent", "variant " + std::to_string(context.parent.id), 4, true, ""});
    prompt.parts.push_back({"relatives", "Relatives", "", 900, false, "no space"});
    return prompt;
}

inline ParsedAnswer plainAnswer(std::string_view text, std::string_view, bool isTruncated)
{
    ParsedAnswer parsed;
    if (isTruncated) {
        parsed.fault = AnswerFault::Truncated;
        parsed.explanation = "the answer was cut";
    } else if (text.starts_with("?")) {
        parsed.fault = AnswerFault::OffFormat;
        parsed.explanation = "there is no kernel in it";
    } else {
        parsed.source = text;
        parsed.move = "model-idea";
        parsed.title = "an idea of a model";
        parsed.hypothesis = "it may help";
        parsed.predictedGain = 1.2;
    }
    return parsed;
}

inline std::unique_ptr<LlmAgent> fakeModel(std::shared_ptr<ChatService> service, LlmSettings settings = {})
{
    if (settings.key.empty())
        settings.key = "llm:fake@test";
    if (settings.model.empty())
        settings.model = "fake";
    return std::make_unique<LlmAgent>(std::move(service), std::move(settings), plainPrompt, plainAnswer);
}

}  // namespace warploom::test
