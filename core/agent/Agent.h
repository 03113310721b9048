// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/Result.h"
#include "protocol/Records.h"
#include "task/Task.h"

namespace warploom {

/// A change an agent suggests: parent + new source + move + hypothesis + predicted effect.
struct Proposal {
    std::string agent;
    std::string move;
    std::string title;
    std::string source;
    std::string hypothesis;
    double predictedGain = 1;  ///< ratio to the parent: 1.2 is 20 % faster
};

/// What an agent is told when it is asked to expand one variant.
struct AgentContext {
    const Task* task = nullptr;
    VariantRecord parent;
    std::optional<EvaluationRecord> best;  ///< the parent's best evaluation
    std::vector<std::string> guidance;  ///< sentences of people, for the run and for this lineage
};

/// Proposes changes. A failure to propose is an Error; having no idea is an empty list.
class Agent {
public:
    virtual ~Agent() = default;

    [[nodiscard]] virtual std::string name() const = 0;
    virtual Result<std::vector<Proposal>> propose(const AgentContext& context, std::stop_token stop) = 0;
};

}  // namespace warploom
