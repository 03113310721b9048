// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/Records.h"

#include <array>
#include <tuple>
#include <utility>

namespace warploom {

namespace {

constexpr std::array<std::pair<RunState, std::string_view>, 3> kRunStates{{
    {RunState::Running, "running"},
    {RunState::Finished, "finished"},
    {RunState::Interrupted, "interrupted"},
}};

constexpr std::array<std::pair<HypothesisOutcome, std::string_view>, 3> kOutcomes{{
    {HypothesisOutcome::Open, "open"},
    {HypothesisOutcome::Confirmed, "confirmed"},
    {HypothesisOutcome::Refuted, "refuted"},
}};

template <typename Enum, std::size_t size>
std::string_view nameIn(const std::array<std::pair<Enum, std::string_view>, size>& names, Enum wanted)
{
    for (const auto& [value, name] : names) {
        if (value == wanted)
            return name;
    }
    return names.front().second;
}

template <typename Enum, std::size_t size>
std::optional<Enum> valueIn(const std::array<std::pair<Enum, std::string_view>, size>& names, std::string_view wanted)
{
    for (const auto& [value, name] : names) {
        if (name == wanted)
            return value;
    }
    return std::nullopt;
}

template <typename T>
std::optional<T> optionalOf(const nlohmann::json& json, const char* key)
{
    const auto found = json.find(key);
    if (found == json.end() || found->is_null())
        return std::nullopt;
    return found->get<T>();
}

template <typename T>
void put(nlohmann::json& json, const char* key, const std::optional<T>& value)
{
    if (value)
        json[key] = *value;
}

}  // namespace

std::string configurationText(const Configuration& configuration)
{
    return nlohmann::json(configuration).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool EnvironmentRecord::sameAs(const EnvironmentRecord& other) const
{
    const auto identity = [](const EnvironmentRecord& e) {
        return std::tie(e.gpuUuid, e.gpuName, e.architecture, e.driver, e.compiler, e.workerBuild, e.taskRevision,
                        e.modelled);
    };
    return identity(*this) == identity(other);
}

std::string_view runStateName(RunState state) { return nameIn(kRunStates, state); }

std::optional<RunState> runStateFromName(std::string_view name) { return valueIn(kRunStates, name); }

std::string_view hypothesisOutcomeName(HypothesisOutcome outcome) { return nameIn(kOutcomes, outcome); }

std::optional<HypothesisOutcome> hypothesisOutcomeFromName(std::string_view name) { return valueIn(kOutcomes, name); }

void to_json(nlohmann::json& json, const Interval& interval)
{
    json = {{"estimate", interval.estimate}, {"low", interval.low}, {"high", interval.high}};
}

void from_json(const nlohmann::json& json, Interval& interval)
{
    if (json.is_array()) {  // as evidence has it
        interval = {json.at(0).get<double>(), json.at(1).get<double>(), json.at(2).get<double>()};
        return;
    }
    interval.estimate = json.at("estimate").get<double>();
    interval.low = json.value("low", interval.estimate);
    interval.high = json.value("high", interval.estimate);
}

void to_json(nlohmann::json& json, const TaskFile& file) { json = {{"name", file.name}, {"content", file.content}}; }

void from_json(const nlohmann::json& json, TaskFile& file)
{
    if (json.is_string()) {  // a summary
        file.name = json.get<std::string>();
        return;
    }
    file.name = json.value("name", "");
    file.content = json.value("content", "");
}

void to_json(nlohmann::json& json, const TaskRecord& task)
{
    json = {{"id", task.id},
            {"name", task.name},
            {"revision", task.revision},
            {"files", task.files},
            {"created", task.created}};
}

void from_json(const nlohmann::json& json, TaskRecord& task)
{
    task.id = json.value("id", TaskId{0});
    task.name = json.value("name", "");
    task.revision = json.value("revision", "");
    task.files = json.value("files", std::vector<TaskFile>{});
    task.created = json.value("created", UnixMilliseconds{0});
}

void to_json(nlohmann::json& json, const EnvironmentRecord& environment)
{
    json = {{"id", environment.id},
            {"device", environment.device},
            {"gpu_uuid", environment.gpuUuid},
            {"gpu_name", environment.gpuName},
            {"architecture", environment.architecture},
            {"driver", environment.driver},
            {"compiler", environment.compiler},
            {"worker_build", environment.workerBuild},
            {"task_revision", environment.taskRevision},
            {"modelled", environment.modelled}};
}

void from_json(const nlohmann::json& json, EnvironmentRecord& environment)
{
    environment.id = json.value("id", EnvironmentId{0});
    environment.device = json.value("device", "");
    environment.gpuUuid = json.value("gpu_uuid", "");
    environment.gpuName = json.value("gpu_name", "");
    environment.architecture = json.value("architecture", "");
    environment.driver = json.value("driver", "");
    environment.compiler = json.value("compiler", "");
    environment.workerBuild = json.value("worker_build", "");
    environment.taskRevision = json.value("task_revision", "");
    environment.modelled = json.value("modelled", false);
}

void to_json(nlohmann::json& json, const RunRecord& run)
{
    json = {{"id", run.id},           {"task", run.task},         {"device", run.device},
            {"seed", run.seed},       {"settings", run.settings}, {"state", runStateName(run.state)},
            {"started", run.started}, {"finished", run.finished}, {"evaluations", run.evaluations}};
}

void from_json(const nlohmann::json& json, RunRecord& run)
{
    run.id = json.value("id", RunId{0});
    run.task = json.value("task", TaskId{0});
    run.device = json.value("device", "");
    run.seed = json.value("seed", std::uint64_t{0});
    run.settings = json.value("settings", nlohmann::json::object());
    run.state = runStateFromName(json.value("state", "")).value_or(RunState::Running);
    run.started = json.value("started", UnixMilliseconds{0});
    run.finished = json.value("finished", UnixMilliseconds{0});
    run.evaluations = json.value("evaluations", std::int64_t{0});
}

void to_json(nlohmann::json& json, const VariantRecord& variant)
{
    json = {{"id", variant.id},
            {"task", variant.task},
            {"parents", variant.parents},
            {"title", variant.title},
            {"source", variant.source},
            {"normalised_hash", variant.normalisedHash},
            {"agent", variant.agent},
            {"move", variant.move},
            {"hypothesis", variant.hypothesis},
            {"outcome", hypothesisOutcomeName(variant.outcome)},
            {"run", variant.run},
            {"created", variant.created},
            {"favoured", variant.favoured},
            {"retired", variant.retired}};
    put(json, "predicted_gain", variant.predictedGain);
    for (const auto& [key, text] :
         {std::pair{"asked", &variant.asked}, {"model", &variant.model}, {"mode", &variant.mode}})
        if (!text->empty())
            json[key] = *text;
    if (variant.repairs != 0)
        json["repairs"] = variant.repairs;
    if (variant.exchange != 0)
        json["exchange"] = variant.exchange;
}

void from_json(const nlohmann::json& json, VariantRecord& variant)
{
    variant.id = json.value("id", VariantId{0});
    variant.task = json.value("task", TaskId{0});
    variant.parents = json.value("parents", std::vector<VariantId>{});
    variant.title = json.value("title", "");
    variant.source = json.value("source", "");
    variant.normalisedHash = json.value("normalised_hash", "");
    variant.agent = json.value("agent", "");
    variant.move = json.value("move", "");
    variant.hypothesis = json.value("hypothesis", "");
    variant.predictedGain = optionalOf<double>(json, "predicted_gain");
    variant.outcome = hypothesisOutcomeFromName(json.value("outcome", "")).value_or(HypothesisOutcome::Open);
    variant.run = json.value("run", RunId{0});
    variant.created = json.value("created", UnixMilliseconds{0});
    variant.favoured = json.value("favoured", false);
    variant.retired = json.value("retired", false);
    variant.asked = json.value("asked", "");
    variant.model = json.value("model", "");
    variant.mode = json.value("mode", "");
    variant.repairs = json.value("repairs", VariantId{0});
    variant.exchange = json.value("exchange", std::int64_t{0});
}

void to_json(nlohmann::json& json, const EvaluationRecord& evaluation)
{
    json = summaryOf(evaluation);
    json["checks"] = evaluation.checks;
    json["evidence"] = evaluation.evidence;
    json["resources"] = evaluation.resources;
    json["counters"] = evaluation.counters;
}

void from_json(const nlohmann::json& json, EvaluationRecord& evaluation)
{
    evaluation.id = json.value("id", EvaluationId{0});
    evaluation.variant = json.value("variant", VariantId{0});
    evaluation.configuration = json.value("configuration", Configuration{});
    evaluation.environment = json.value("environment", EnvironmentId{0});
    evaluation.run = json.value("run", RunId{0});
    evaluation.verdict = verdictFromName(json.value("verdict", "")).value_or(Verdict::Invalid);
    evaluation.trust = json.value("trust", 0);
    evaluation.message = json.value("message", "");
    evaluation.checks = json.value("checks", nlohmann::json::array());
    evaluation.evidence = json.value("evidence", nlohmann::json::object());
    evaluation.resources = json.value("resources", nlohmann::json::array());
    evaluation.counters = json.value("counters", nlohmann::json::array());
    evaluation.time = optionalOf<Interval>(json, "time_us");
    evaluation.speedup = optionalOf<Interval>(json, "speedup");
    evaluation.rounds = json.value("rounds", 0);
    evaluation.cold = json.value("cold", true);
    evaluation.modelled = json.value("modelled", false);
    evaluation.provisional = json.value("provisional", false);
    evaluation.costSeconds = json.value("cost_seconds", 0.0);
    evaluation.created = json.value("created", UnixMilliseconds{0});
}

void to_json(nlohmann::json& json, const ExperienceRecord& experience)
{
    json = {{"move", experience.move},
            {"bottleneck", experience.bottleneck},
            {"device", experience.device},
            {"tries", experience.tries},
            {"right", experience.right},
            {"improved", experience.improved},
            {"sum_log_gain", experience.sumLogGain}};
}

void from_json(const nlohmann::json& json, ExperienceRecord& experience)
{
    experience.move = json.value("move", "");
    experience.bottleneck = json.value("bottleneck", "");
    experience.device = json.value("device", "");
    experience.tries = json.value("tries", std::int64_t{0});
    experience.right = json.value("right", std::int64_t{0});
    experience.improved = json.value("improved", std::int64_t{0});
    experience.sumLogGain = json.value("sum_log_gain", 0.0);
}

void to_json(nlohmann::json& json, const EventRecord& event)
{
    json = {{"sequence", event.sequence},
            {"time", event.time},
            {"run", event.run},
            {"type", event.type},
            {"data", event.data}};
}

void from_json(const nlohmann::json& json, EventRecord& event)
{
    event.sequence = json.value("sequence", EventSequence{0});
    event.time = json.value("time", UnixMilliseconds{0});
    event.run = json.value("run", RunId{0});
    event.type = json.value("type", "");
    event.data = json.value("data", nlohmann::json::object());
}

nlohmann::json summaryOf(const TaskRecord& task)
{
    nlohmann::json names = nlohmann::json::array();
    for (const TaskFile& file : task.files)
        names.push_back(file.name);
    return {
        {"id", task.id}, {"name", task.name}, {"revision", task.revision}, {"files", names}, {"created", task.created}};
}

nlohmann::json summaryOf(const VariantRecord& variant)
{
    nlohmann::json json = variant;
    json.erase("source");
    return json;
}

nlohmann::json summaryOf(const EvaluationRecord& evaluation)
{
    nlohmann::json json = {{"id", evaluation.id},
                           {"variant", evaluation.variant},
                           {"configuration", evaluation.configuration},
                           {"environment", evaluation.environment},
                           {"run", evaluation.run},
                           {"verdict", verdictName(evaluation.verdict)},
                           {"trust", evaluation.trust},
                           {"message", evaluation.message},
                           {"rounds", evaluation.rounds},
                           {"cold", evaluation.cold},
                           {"modelled", evaluation.modelled},
                           {"provisional", evaluation.provisional},
                           {"cost_seconds", evaluation.costSeconds},
                           {"created", evaluation.created}};
    put(json, "time_us", evaluation.time);
    put(json, "speedup", evaluation.speedup);
    return json;
}

}  // namespace warploom
