// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/Statistics.h"
#include "protocol/Verdict.h"
#include "variant/Directives.h"

namespace warploom {

/// Ids within one workspace; 0 means none.
using TaskId = std::int64_t;
using EnvironmentId = std::int64_t;
using RunId = std::int64_t;
using VariantId = std::int64_t;
using EvaluationId = std::int64_t;
/// Number of an event within one workspace, from 1, never used twice.
using EventSequence = std::int64_t;
/// Milliseconds since 1970-01-01 UTC.
using UnixMilliseconds = std::int64_t;

/// {"BLOCK":128,"VEC":4}: sorted, without blanks, so that equal configurations have equal texts.
std::string configurationText(const Configuration& configuration);

struct TaskFile {
    std::string name;  ///< relative to the task's folder
    std::string content;

    friend bool operator==(const TaskFile&, const TaskFile&) = default;
};

/// One revision of a task, with everything needed to run it again.
struct TaskRecord {
    TaskId id = 0;
    std::string name;
    std::string revision;  ///< content hash of the files
    std::vector<TaskFile> files;
    UnixMilliseconds created = 0;
};

/// What a figure is bound to.
struct EnvironmentRecord {
    EnvironmentId id = 0;
    std::string device;  ///< "cuda:0" or "emulator"; no part of the identity, a card may change its number
    std::string gpuUuid;  ///< "emulator" where times are modelled
    std::string gpuName;  ///< of the card, or of the card that is modelled
    std::string architecture;  ///< "sm_90"
    std::string driver;  ///< empty for the emulator
    std::string compiler;  ///< "NVRTC 13.0"
    std::string workerBuild;
    std::string taskRevision;
    bool modelled = false;  ///< true: times are modelled, never measured

    /// Whether figures of both may be compared: everything but id and device is equal.
    [[nodiscard]] bool sameAs(const EnvironmentRecord& other) const;
};

enum class RunState {
    Running,
    Finished,
    Interrupted,  ///< stopped by a person, or its host died; can be resumed
};

std::string_view runStateName(RunState state);
std::optional<RunState> runStateFromName(std::string_view name);

/// One search with its budget, agents and seed.
struct RunRecord {
    RunId id = 0;
    TaskId task = 0;
    std::string device;
    std::uint64_t seed = 0;
    nlohmann::json settings = nlohmann::json::object();  ///< budget, agents, policy
    RunState state = RunState::Running;
    UnixMilliseconds started = 0;
    UnixMilliseconds finished = 0;  ///< 0 while it runs
    std::int64_t evaluations = 0;  ///< counted by the workspace
};

/// What the counters said of a proposal's hypothesis.
enum class HypothesisOutcome {
    Open,
    Confirmed,
    Refuted,
};

std::string_view hypothesisOutcomeName(HypothesisOutcome outcome);
std::optional<HypothesisOutcome> hypothesisOutcomeFromName(std::string_view name);

/// One candidate text: a node of the lineage.
struct VariantRecord {
    VariantId id = 0;
    TaskId task = 0;
    std::vector<VariantId> parents;  ///< none for a baseline, two for a combination
    std::string title;
    std::string source;
    std::string normalisedHash;  ///< equal for texts that differ in blanks and comments only
    std::string agent;  ///< "rules", "llm", "command", "person"; "task" for a baseline
    std::string move;
    std::string hypothesis;
    std::optional<double> predictedGain;  ///< ratio to the parent: 1.2 is 20 % faster
    HypothesisOutcome outcome = HypothesisOutcome::Open;
    RunId run = 0;
    UnixMilliseconds created = 0;
    bool favoured = false;
    bool retired = false;
    // How an agent came to make it; empty and 0 for what is not known.
    std::string asked = {};  ///< the agent as the run's settings name it: "llm:MODEL@SERVER"
    std::string model = {};
    std::string mode = {};  ///< memory mode
    VariantId repairs = 0;  ///< the failed variant that it mends
    std::int64_t exchange = 0;  ///< id of the ExchangeRecord that it came from

    [[nodiscard]] bool hasOrigin() const
    {
        return !asked.empty() || !model.empty() || !mode.empty() || repairs != 0 || exchange != 0;
    }
};

/// One configuration compiled, verified and timed in one environment.
struct EvaluationRecord {
    EvaluationId id = 0;
    VariantId variant = 0;
    Configuration configuration;
    EnvironmentId environment = 0;
    RunId run = 0;
    Verdict verdict = Verdict::Invalid;
    int trust = 0;  ///< highest level without a gap, 0…6
    std::string message;  ///< why, in one line; empty for ok
    nlohmann::json checks = nlohmann::json::array();  ///< each check with its level and outcome
    nlohmann::json evidence = nlohmann::json::object();  ///< numbers behind the verdict
    nlohmann::json resources = nlohmann::json::array();  ///< KernelResources of each kernel
    nlohmann::json counters = nlohmann::json::array();  ///< LaunchCounters of each launch
    std::optional<Interval> time;  ///< microseconds of one plan, geometric mean over the time sizes
    std::optional<Interval> speedup;  ///< over the baseline in the same environment
    int rounds = 0;
    bool cold = true;  ///< false: L2 was hot, to be said wherever the figure is
    bool modelled = false;
    bool provisional = false;  ///< not yet confirmed in a fresh process
    double costSeconds = 0;  ///< wall time that the evaluation took
    UnixMilliseconds created = 0;
};

/// What one move did to one bottleneck on one kind of device, summed over its tries.
struct ExperienceRecord {
    std::string move;
    std::string bottleneck;
    std::string device;  ///< GPU name
    std::int64_t tries = 0;
    std::int64_t right = 0;  ///< tries whose verdict was ok
    std::int64_t improved = 0;
    double sumLogGain = 0;  ///< natural logarithm of the speedup over the parent, summed over the right ones
};

/// One thing that happened. Data holds the record it is about, less what is long (sources, files, evidence).
struct EventRecord {
    EventSequence sequence = 0;
    UnixMilliseconds time = 0;
    RunId run = 0;
    std::string type;
    nlohmann::json data = nlohmann::json::object();
};

/// Types of the events that a workspace writes by itself; others belong to whoever appends them.
namespace eventType {
inline constexpr std::string_view kTaskAdded = "task-added";
inline constexpr std::string_view kEnvironmentAdded = "environment-added";
inline constexpr std::string_view kRunStarted = "run-started";
inline constexpr std::string_view kRunResumed = "run-resumed";
inline constexpr std::string_view kRunFinished = "run-finished";  ///< data.state: finished or interrupted
inline constexpr std::string_view kVariantAdded = "variant-added";
inline constexpr std::string_view kVariantChanged = "variant-changed";  ///< favoured, retired or outcome
inline constexpr std::string_view kEvaluationAdded = "evaluation-added";
inline constexpr std::string_view kExperienceRecorded = "experience-recorded";
}  // namespace eventType

void to_json(nlohmann::json& json, const Interval& interval);
void from_json(const nlohmann::json& json, Interval& interval);
void to_json(nlohmann::json& json, const TaskFile& file);
void from_json(const nlohmann::json& json, TaskFile& file);
void to_json(nlohmann::json& json, const TaskRecord& task);
void from_json(const nlohmann::json& json, TaskRecord& task);
void to_json(nlohmann::json& json, const EnvironmentRecord& environment);
void from_json(const nlohmann::json& json, EnvironmentRecord& environment);
void to_json(nlohmann::json& json, const RunRecord& run);
void from_json(const nlohmann::json& json, RunRecord& run);
void to_json(nlohmann::json& json, const VariantRecord& variant);
void from_json(const nlohmann::json& json, VariantRecord& variant);
void to_json(nlohmann::json& json, const EvaluationRecord& evaluation);
void from_json(const nlohmann::json& json, EvaluationRecord& evaluation);
void to_json(nlohmann::json& json, const ExperienceRecord& experience);
void from_json(const nlohmann::json& json, ExperienceRecord& experience);
void to_json(nlohmann::json& json, const EventRecord& event);
void from_json(const nlohmann::json& json, EventRecord& event);

/// The record as events carry it: without file contents, source, checks, evidence, resources and counters.
nlohmann::json summaryOf(const TaskRecord& task);
nlohmann::json summaryOf(const VariantRecord& variant);
nlohmann::json summaryOf(const EvaluationRecord& evaluation);

}  // namespace warploom
