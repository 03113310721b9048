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
    [[nodiscard]] std::string name() const override { return "rules"; }
    /// LibraryMissing without the rewriter's program; ProcessFailed when it dies at every start.
    Result<> start(std::stop_token stop) override;
    [[nodiscard]] bool usesMemory() const override { return false; }
    Result<std::vector<Proposal>> propose(const AgentContext& context, std::stop_token stop) override;

private:
    std::shared_ptr<WorkerClient> m_rewriter;
};

}  // namespace warploom
