// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "agent/llm/KeySource.h"
#include "agent/llm/ModelCatalogue.h"
#include "engine/RunValues.h"

namespace warploom {

/// What an agent is, by its name in the settings of a run.
enum class AgentKind { Rules, Model, Program, Replay, Example, Unknown };

AgentKind agentKindOf(std::string_view name);
/// What stands behind "llm:", "command:" or "replay:"; the name itself otherwise.
std::string_view agentTargetOf(std::string_view name);

/// Who is to propose in the runs to come, and what their models may spend: what a person chose, kept between runs. No
/// key is part of it.
struct AgentChoice {
    std::vector<std::string> agents{"rules"};
    double llmBudgetUsd = 0;  ///< of one run; 0: no limit
    std::int64_t llmBudgetTokens = 0;  ///< of one run; 0: no limit
    int parallel = RunSettings().parallel;
    int repairs = RunSettings().repairs;

    /// Sets these of a new run's settings; the others stay.
    void applyTo(RunSettings& settings) const;
    /// The same for a run that is taken up again.
    [[nodiscard]] RunChanges changes() const;
    friend bool operator==(const AgentChoice&, const AgentChoice&) = default;
};

void to_json(nlohmann::json& json, const AgentChoice& choice);
/// Takes any JSON: what is missing, of another type or out of range is as in a fresh AgentChoice.
void from_json(const nlohmann::json& json, AgentChoice& choice);

/// Why no run can go with a choice.
struct ChoiceFault {
    enum class Kind {
        NoAgent,
        NamedTwice,
        Unknown,  ///< no such model, server or kind of agent
        NoKey,  ///< its server wants one
        UnfitKey,  ///< there is one that no request could carry
        PriceUnknown,  ///< and there is a limit in money, which could not be kept
        NoProgram,
        KeyInCommand,  ///< the command line of a program, which everybody on the machine can read, holds what looks
                       ///< like one
        NoWorkspace,  ///< to replay
        BadLimit,
    };

    Kind kind = Kind::NoAgent;
    std::string agent;  ///< as the choice names it
    std::string subject;  ///< the server's title, the program, the file
    std::optional<Error> reason;  ///< in more detail, where there is one
};

/// Looks at the catalogue, at keys and at files, and asks nobody. Empty: a run may begin.
std::vector<ChoiceFault> faultsOf(const AgentChoice& choice, const ModelCatalogue& catalogue, const KeySource& keys);

/// What the models of a run may spend at most. Questions that are asked again after a failure are not in it, for nobody
/// knows whether a server charges for those.
struct SpendingOutlook {
    std::vector<std::string> paid;  ///< agents that cost something
    std::vector<std::string> unpriced;  ///< agents of unknown price
    std::vector<std::string> free;  ///< models on machines of one's own
    std::vector<std::string> programs;  ///< whose spending nobody here knows or limits
    std::optional<std::int64_t> mostTokens;  ///< of all models; nothing: no limit
    /// Of all models. Nothing: no limit, or a price is unknown.
    std::optional<MicroDollars> mostMoney;
    std::optional<MicroDollars> questionCost;  ///< of the dearest model, at most; nothing where nothing is paid for
    std::int64_t questionTokens = 0;  ///< that one question sends and is answered with at most
    bool hasMoneyLimit = false;

    [[nodiscard]] bool asksModels() const { return !paid.empty() || !unpriced.empty() || !free.empty(); }
};

/// Models that the catalogue does not know count as unpriced.
SpendingOutlook outlookOf(const AgentChoice& choice, const ModelCatalogue& catalogue);

}  // namespace warploom
