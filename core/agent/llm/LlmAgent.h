// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "agent/Agent.h"
#include "agent/answer/ParsedAnswer.h"
#include "agent/knowledge/KnowledgeBase.h"
#include "agent/llm/Budget.h"
#include "agent/llm/ChatService.h"
#include "agent/llm/ModelPreset.h"
#include "agent/prompt/Prompt.h"

namespace warploom {

/// A model of a server, as an agent.
struct LlmSettings {
    std::string key;  ///< "llm:MODEL@SERVER"
    std::string model;
    PromptBudget prompt;
    std::int64_t mostAnswerTokens = 16384;
    std::optional<double> temperature;  ///< the server's own where absent
    int asksAgain = 1;  ///< how often, where an answer cannot be made sense of
    ModelPrice price = {};
    std::shared_ptr<Budget> budget;  ///< of all models together; null: without limits
    std::shared_ptr<const KnowledgeBase> knowledge;  ///< may be null
};

/// Asks a model: composes what it is told, sends it, reads what comes back. An answer that cannot be made sense of is
/// asked for again with the reason. Questions may be asked from several threads at once.
class LlmAgent : public Agent {
public:
    using Composer = std::function<Prompt(const AgentContext&, const PromptBudget&, const KnowledgeBase*)>;
    using Parser = std::function<ParsedAnswer(std::string_view text, std::string_view parent, bool isTruncated)>;

    LlmAgent(std::shared_ptr<ChatService> service, LlmSettings settings, Composer composer, Parser parser);

    [[nodiscard]] std::string name() const override { return "llm"; }
    [[nodiscard]] std::string key() const override { return m_settings.key; }
    [[nodiscard]] std::string model() const override { return m_settings.model; }
    [[nodiscard]] bool takesLong() const override { return true; }
    [[nodiscard]] std::optional<std::string> whyFinished() const override;
    /// What the server failed with; an answer that stays without sense is an empty list, and told in its exchange.
    Result<std::vector<Proposal>> propose(const AgentContext& context, std::stop_token stop) override;
    [[nodiscard]] Result<AgentRequest> compose(const AgentContext& context) const override;

private:
    struct Turn;

    Result<std::optional<Budget::Reservation>> reserve(std::int64_t promptTokens, std::int64_t& answerTokens);
    [[nodiscard]] bool isSpent(std::int64_t promptTokens) const;
    [[nodiscard]] AgentRequest textFor(const AgentContext& context) const;
    /// Costs of a request whose text is known, and what the budget has left.
    void price(AgentRequest& request) const;
    Result<ChatAnswer> exchange(Turn& turn, ChatRequest& request, const AgentContext& context, std::stop_token stop);
    [[nodiscard]] bool isApproved(const Turn& turn, const AgentContext& context, const std::stop_token& stop) const;
    ParsedAnswer read(const ChatAnswer& answer, const AgentContext& context) const;
    void report(const Turn& turn, const AgentContext& context) const;

    const std::shared_ptr<ChatService> m_service;
    const LlmSettings m_settings;
    const Composer m_composer;
    const Parser m_parser;
    mutable std::mutex m_mutex;
    std::optional<std::string> m_finished;  ///< why
};

}  // namespace warploom
