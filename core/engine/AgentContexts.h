// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/Agent.h"
#include "engine/Population.h"
#include "store/Workspace.h"

namespace warploom {

/// What is told to agents, out of a lineage and the workspace it lies in. Only what every agent reads is made at once:
/// the rest costs queries, for those that read it.
class AgentContexts {
public:
    struct Sources {
        Workspace& workspace;
        const Task& task;
        Population& population;
        const DeviceFacts& device;
        EnvironmentId environment = 0;
        const std::vector<std::string>& guidance;
    };

    /// For as long as the sources live.
    explicit AgentContexts(const Sources& sources)
        : m_sources(sources)
    {
    }

    /// For agents that answer at once.
    [[nodiscard]] AgentContext brief(const Member& parent, const Expansion& expansion) const;
    /// For those that answer for their reading's sake.
    [[nodiscard]] AgentContext full(const Member& parent, const Expansion& expansion) const;
    /// With its evidence; nothing where it is not known.
    [[nodiscard]] std::optional<EvaluationRecord> latestFailureOf(VariantId variant) const;
    /// What a person's order means: NotFound and InvalidArgument for variants that are not there, or no second parent.
    [[nodiscard]] Result<Expansion> expansionOf(const AskOrder& order) const;

private:
    [[nodiscard]] VariantId bestBesides(VariantId variant) const;
    [[nodiscard]] std::optional<EvaluationRecord> fullBestOf(const Member& member) const;
    void addFigures(AgentContext& context, const Member& parent) const;
    void addRelatives(AgentContext& context, const Member& parent) const;
    void addFailures(AgentContext& context, const Member& parent) const;

    Sources m_sources;
};

}  // namespace warploom
