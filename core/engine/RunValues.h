// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/Units.h"
#include "engine/AgentTally.h"
#include "protocol/AgentRequest.h"
#include "protocol/Records.h"

namespace warploom {

/// What a person asked of a run.
struct RunSettings {
    std::string device = "emulator";
    /// Of this run, resumed parts and one confirmation included; where a best does not hold, the next confirmations
    /// come on top. 0: only what people submit is evaluated, then the run ends.
    std::int64_t evaluations = 200;
    Seconds seconds{0};  ///< 0: no limit
    std::uint64_t seed = 1;
    /// Bests are profiled, and what is found weighs in the choice of moves; false for comparisons without.
    bool findings = true;
    /// The emulator looks at every candidate before a card runs it; always so where the card drives a display.
    bool preflight = false;
    /// Who proposes: "rules", "llm:MODEL@SERVER", "command:PROGRAM", "replay:WORKSPACE".
    std::vector<std::string> agents{"rules"};
    double llmBudgetUsd = 0;  ///< of all models together, of this run, resumed parts included; 0: no limit
    std::int64_t llmBudgetTokens = 0;  ///< sent and answered; 0: no limit
    int parallel = 2;  ///< questions that one agent which takes long has before it at a time
    int repairs = 2;  ///< how often such an agent may mend one idea that was wrong
    Seconds answerDeadline{900};  ///< of such an agent, for one question
    /// Each request to a model waits until a window has shown it and somebody has said to send it. Nothing waits while
    /// no window is open.
    bool showsPrompts = false;
};

/// What is to be different in a run that is taken up again; the rest stays as it was.
struct RunChanges {
    std::optional<std::string> device;
    std::optional<std::int64_t> evaluations;
    std::optional<Seconds> seconds;
    std::optional<std::vector<std::string>> agents = {};
    std::optional<double> llmBudgetUsd = {};
    std::optional<std::int64_t> llmBudgetTokens = {};
    std::optional<int> parallel = {};
    std::optional<int> repairs = {};

    [[nodiscard]] RunSettings appliedTo(RunSettings settings) const;
};

void to_json(nlohmann::json& json, const RunChanges& changes);
void from_json(const nlohmann::json& json, RunChanges& changes);

void to_json(nlohmann::json& json, const RunSettings& settings);
void from_json(const nlohmann::json& json, RunSettings& settings);

/// A best that was measured again at the end of a run: in a fresh process, directly against the baseline.
struct Confirmation {
    VariantId variant = 0;
    Configuration configuration;
    std::optional<Interval> searched;  ///< its speedup during the search
    std::optional<Interval> confirmed;  ///< its speedup now
    Verdict verdict = Verdict::Invalid;
    std::string message;  ///< why, where it is not right any more

    /// Right again, and faster than the baseline beyond the interval's doubt.
    [[nodiscard]] bool holds() const { return verdict == Verdict::Ok && confirmed && confirmed->low > 1; }
};

void to_json(nlohmann::json& json, const Confirmation& confirmation);
void from_json(const nlohmann::json& json, Confirmation& confirmation);

/// A request to a model or a program that has no answer yet.
struct OpenQuestion {
    ExchangeId exchange = 0;  ///< 0 while it waits to be sent
    std::int64_t approval = 0;  ///< the number by which it waits for a person; 0: it has been sent
    std::string agent;
    std::string model;
    std::string purpose;
    VariantId parent = 0;
    std::string mode;
    Seconds elapsed{0};
    std::int64_t answerBytes = 0;  ///< that have come; 0 also from agents that do not say
};

void to_json(nlohmann::json& json, const OpenQuestion& question);
void from_json(const nlohmann::json& json, OpenQuestion& question);

/// Where a run stands: what progress lines, windows and final tables are made of.
struct RunProgress {
    RunId run = 0;
    std::string task;
    std::string device;
    std::string deviceName;
    bool modelled = false;
    std::string phase;  ///< "starting", "baseline", "evolving", "paused", "confirming", "finished"
    std::int64_t evaluations = 0;
    std::int64_t budget = 0;
    std::map<std::string, std::int64_t> verdicts;
    std::optional<EvaluationRecord> baseline;
    std::optional<EvaluationRecord> best;  ///< by the rule of Standings
    std::string bestTitle;
    std::vector<Confirmation> confirmations;  ///< in their order
    std::string profileNote;  ///< why bests have no profile, or not all of it; empty where nothing is missing
    std::int64_t variants = 0;
    Seconds elapsed{0};
    Seconds deviceTime{0};
    std::string endReason;  ///< of a finished run: "budget", "time", "nothing left to try", "agents' budget", "at the
                            ///< limit", "stopped", or the failure
    std::string standing;  ///< of the best, by its findings: what limits it, how far from the peak, what remains
    std::vector<AgentTally> agents;  ///< in the order of the settings; then whom people asked beside them
    std::vector<OpenQuestion> questions;  ///< oldest first; those that wait for a person last
    std::optional<Error> failure;  ///< of a finished run: why it could not start or go on

    /// Candidates a second since the run (or its resumption) began.
    [[nodiscard]] double rate() const
    {
        return elapsed.count() > 0 ? static_cast<double>(sinceStart) / elapsed.count() : 0;
    }
    [[nodiscard]] double busyFraction() const { return elapsed.count() > 0 ? deviceTime / elapsed : 0; }
    std::int64_t sinceStart = 0;  ///< evaluations since this process took the run up
};

void to_json(nlohmann::json& json, const RunProgress& progress);
void from_json(const nlohmann::json& json, RunProgress& progress);

/// What comes with a text that is submitted.
struct Submission {
    /// Of the submitter's choice: the event "submitted" or "command-refused" that answers has it; empty: no answer.
    std::string ticket;
    std::string agent = "person";
    std::string move = "edit";
    std::string title = "edited by hand";
    std::string hypothesis;
    std::optional<double> predictedGain;  ///< ratio to the parent: 1.2 is 20 % faster
};

/// A steering command; which members count depends on the kind.
struct Command {
    enum class Kind { Pause, Resume, Step, Stop, Guide, Submit, Favour, Retire, BanMove, PreferMove, Ask };

    Kind kind = Kind::Pause;
    VariantId variant = 0;  ///< of Submit (the parent; 0: the baseline), Ask, Favour, Retire, Guide (0: the whole run)
    bool on = true;  ///< of Favour, Retire, Guide, BanMove and PreferMove: false takes it back
    std::string text;  ///< guidance, the submitted source, or a move's name
    Submission submission = {};  ///< of Submit
    AgentRequest request = {};  ///< of Ask: sent as it is
};

void to_json(nlohmann::json& json, const Command& command);
/// ProtocolViolation for an unknown kind; throws json's exceptions for members of another type.
Result<Command> commandFromJson(const nlohmann::json& json);

}  // namespace warploom
