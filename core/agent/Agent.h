// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "analysis/Diagnosis.h"
#include "base/Result.h"
#include "protocol/AgentRequest.h"
#include "protocol/DeviceFacts.h"
#include "protocol/ExchangeRecord.h"
#include "protocol/Records.h"
#include "search/Archive.h"
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
    VariantId partner = 0;  ///< second parent of a combination
    MemoryMode mode = MemoryMode::Refine;  ///< in which it was asked for; set by the engine
    VariantId repairs = 0;  ///< the failed variant that this mends; 0: none
    std::string model;  ///< that made it, where one did
    std::int64_t exchange = 0;  ///< the recorded request and answer that it came from; 0: none
    std::string asked;  ///< key() of the agent that made it, set by the engine; empty: its name

    /// The agent as the run calls it.
    [[nodiscard]] const std::string& by() const { return asked.empty() ? agent : asked; }
};

/// A variant that was tried before.
struct Attempt {
    VariantRecord variant;
    std::optional<EvaluationRecord> best;  ///< nothing: it was not right, or is still being evaluated
    std::optional<EvaluationRecord>
        failure;  ///< the latest that was not right, with its evidence; where `best` is nothing
};

/// Where the time of a variant goes, by its source lines: line → share of the instructions, 0…1.
struct LineHeat {
    int line = 0;  ///< 1-based
    double share = 0;
};

/// What has become of a figure since an earlier variant.
struct CounterChange {
    std::string name;  ///< as CUPTI or the emulator calls it
    std::string unit;
    std::optional<double> before;
    double now = 0;
};

/// Where an agent reports what it sends and gets, so that it is kept with the run. May be called from any thread while
/// the agent is being asked; empty functions: nobody keeps it.
struct ExchangeSink {
    /// What is sent now. Returns the number of the exchange: for finished(), and for Proposal::exchange.
    std::function<std::int64_t(const ExchangeRecord& request)> started;
    /// Of an answer that comes piece by piece: how much there is by now.
    std::function<void(std::int64_t exchange, std::int64_t bytes)> arrived = {};
    /// The request with what has come of it.
    std::function<void(std::int64_t exchange, const ExchangeRecord& outcome)> finished;
    /// Waits until somebody has seen what is about to be sent. False: it is not to be sent. Empty: nobody wants to see.
    std::function<bool(const AgentRequest& request, std::stop_token stop)> approve = {};
};

/// What an agent is told when it is asked to expand one variant.
struct AgentContext {
    const Task* task = nullptr;
    VariantRecord parent;
    std::optional<EvaluationRecord> best;  ///< the parent's best evaluation
    /// What limits the parent, with what each finding would bring and which moves address it; nothing where it was not
    /// profiled.
    std::optional<Diagnosis> diagnosis;
    int multiprocessors = 0;  ///< of the device that is searched for; 0: unknown
    MemoryMode mode = MemoryMode::Refine;
    std::optional<VariantRecord> partner;  ///< Combine: the second parent
    std::vector<Attempt> siblings;  ///< CompareSiblings: what the parent's children were
    std::vector<std::string> guidance;  ///< sentences of people, for the run and for this lineage

    // What only agents that read it are told; empty where it is not known.
    std::optional<DeviceFacts> device;
    std::vector<VariantRecord> lineage;  ///< grandparents of the parent, nearest first
    std::vector<CounterChange> counters;  ///< of the parent, against its own parent
    std::vector<LineHeat> heat;  ///< of the parent's lines, hottest first
    std::string compilerOutput;  ///< of the parent: registers, spills, warnings
    std::vector<Attempt> relatives;  ///< the best of the run besides the parent, fastest first
    std::vector<Attempt> failures;  ///< children of the parent that were not right
    std::optional<Attempt> repair;  ///< a child of the parent by the agent itself that failed: mend it
    int repairsLeft = 0;  ///< how often it may still be mended after this time
    /// What a person has seen and wants sent, instead of what the agent would compose: once, and as it is.
    std::optional<AgentRequest> request;
    ExchangeSink exchanges;
};

/// Proposes changes. A failure to propose is an Error; having no idea is an empty list.
class Agent {
public:
    virtual ~Agent() = default;

    [[nodiscard]] virtual std::string name() const = 0;
    /// What tells it from the other agents of a run, as settings name it: "llm:MODEL@SERVER".
    [[nodiscard]] virtual std::string key() const { return name(); }
    /// That it asks; empty where there is none.
    [[nodiscard]] virtual std::string model() const { return {}; }
    /// Whether an answer takes so long that the run goes on meanwhile. Such an agent is asked several questions at
    /// once, each on a thread of its own, returns within a second of a stop, and is asked to mend what it made wrong.
    [[nodiscard]] virtual bool takesLong() const { return false; }
    /// Why it answers no more questions of this run, its budget is spent; nothing while it does. From any thread.
    [[nodiscard]] virtual std::optional<std::string> whyFinished() const { return std::nullopt; }
    /// Gets ready what it cannot propose without (a program, a server); nothing to do where that is so already. Fails
    /// when the machine lacks it: no run can go on then.
    virtual Result<> start(std::stop_token stop)
    {
        static_cast<void>(stop);
        return {};
    }
    /// Whether mode, partner and siblings change what it proposes: then it is asked for each child anew until it has
    /// nothing new to say, otherwise once for each parent.
    [[nodiscard]] virtual bool usesMemory() const { return true; }
    virtual Result<std::vector<Proposal>> propose(const AgentContext& context, std::stop_token stop) = 0;
    /// What propose() would send for this context. Unsupported by agents that send nothing.
    [[nodiscard]] virtual Result<AgentRequest> compose(const AgentContext& context) const
    {
        static_cast<void>(context);
        return fail(ErrorCode::Unsupported, "the agent " + key() + " is not asked in words");
    }
};

}  // namespace warploom
