// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/Agent.h"
#include "agent/knowledge/KnowledgeBase.h"
#include "agent/llm/Budget.h"
#include "agent/llm/ChatService.h"
#include "agent/llm/ModelPreset.h"
#include "base/Redactor.h"
#include "engine/RunPlan.h"

namespace warploom {

/// Who proposes in a run, and what must not be kept of them.
struct RunAgents {
    std::vector<std::unique_ptr<Agent>> agents;
    Redactor redactor;
    /// Makes an agent that a person wants to ask beside them, with the same budget. May be empty.
    AgentInvitation invite = {};
};

/// Makes the agents that a run's settings name. Called once a run, from the thread that carries it out.
class AgentFactory {
public:
    virtual ~AgentFactory() = default;

    /// \p used: of its models' budget, by a run that is taken up again. InvalidArgument for what no agent is called or
    /// is named twice, and whatever keeps one from being made.
    virtual Result<RunAgents> make(const RunSettings& settings, const ModelSpending& used) = 0;
};

/// "rules", "llm:MODEL@SERVER", "command:PROGRAM", "replay:WORKSPACE" (what models once answered, without asking them),
/// "example" or "example:BYTES_A_SECOND" (answers that were written beforehand).
class StandardAgentFactory : public AgentFactory {
public:
    /// How one model is reached.
    struct ModelAccess {
        std::shared_ptr<ChatService> service;
        std::string model;  ///< as its server calls it
        ModelPrice price = {};
        std::int64_t promptTokens = 24000;  ///< the longest prompt to send
        std::int64_t answerTokens = 16384;  ///< the longest answer to ask for
        std::vector<Secret> secrets = {};  ///< that the service holds
    };

    struct Sources {
        /// By "MODEL@SERVER".
        std::function<Result<ModelAccess>(const std::string& reference)> models;
        std::shared_ptr<const KnowledgeBase> knowledge;  ///< may be null
    };

    explicit StandardAgentFactory(Sources sources)
        : m_sources(std::move(sources))
    {
    }

    Result<RunAgents> make(const RunSettings& settings, const ModelSpending& used) override;

private:
    Result<> add(RunAgents& made, const std::string& name, const std::shared_ptr<Budget>& budget) const;
    Result<> addModel(RunAgents& made, const std::string& reference, const std::shared_ptr<Budget>& budget) const;
    Result<> addReplay(RunAgents& made, const std::string& workspace) const;
    Result<> addProgram(RunAgents& made, const std::string& name) const;
    Result<> addExample(RunAgents& made, const std::string& name) const;
    void addLlm(RunAgents& made, std::string key, ModelAccess access, std::shared_ptr<Budget> budget) const;

    const Sources m_sources;
};

}  // namespace warploom
