// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "agent/Agent.h"
#include "workers/WorkerClient.h"

namespace warploom {

/// The built-in agent: every move of the rewriter that applies to the parent. The rewriter is a process of its own,
/// because Clang crashes on hostile input; one that dies is started again for the next parent.
class RulesAgent : public Agent {
public:
    explicit RulesAgent(std::chrono::milliseconds deadline = std::chrono::seconds(20))
        : m_deadline(deadline)
    {
    }

    [[nodiscard]] std::string name() const override { return "rules"; }
    /// LibraryMissing without the rewriter's program; ProcessFailed when it dies at every start.
    Result<> start(std::stop_token stop) override;
    [[nodiscard]] bool usesMemory() const override { return false; }
    /// A rewriter that dies is asked again once, for it may have been killed from outside; so is one that takes too
    /// much memory after it has served other parents. One that does not answer within the deadline is not. InvalidInput
    /// for a parent that is too large.
    Result<std::vector<Proposal>> propose(const AgentContext& context, std::stop_token stop) override;

private:
    /// \p wasFresh: the rewriter had not been asked before.
    Result<nlohmann::json> ask(const AgentContext& context, std::stop_token stop, bool& wasFresh);

    const std::chrono::milliseconds m_deadline;
    std::shared_ptr<WorkerClient> m_rewriter;
    bool m_hasServed = false;  ///< the rewriter
};

}  // namespace warploom
