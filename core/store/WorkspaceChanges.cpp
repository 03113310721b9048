// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "store/Database.h"
#include "store/RecordRows.h"
#include "store/Workspace.h"

namespace warploom {

namespace {

UnixMilliseconds now()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

/// Foreign keys use NULL for none.
std::optional<std::int64_t> reference(std::int64_t id) { return id == 0 ? std::nullopt : std::optional(id); }

std::optional<double> part(const std::optional<Interval>& interval, double Interval::* member)
{
    return interval ? std::optional((*interval).*member) : std::nullopt;
}

bool isFigure(const std::optional<Interval>& interval)
{
    if (!interval)
        return true;
    const Interval& i = *interval;
    return std::isfinite(i.estimate) && std::isfinite(i.low) && std::isfinite(i.high) && i.estimate > 0;
}

Result<> checkEvaluation(const EvaluationRecord& evaluation)
{
    if (!isFigure(evaluation.time) || !isFigure(evaluation.speedup) || !std::isfinite(evaluation.costSeconds))
        return fail(ErrorCode::InvalidArgument, "an evaluation's figures must be finite, time and speedup positive");
    if (evaluation.trust < 0 || evaluation.trust > 6)
        return fail(ErrorCode::InvalidArgument, fmt::format("there is no trust level {}", evaluation.trust));
    if (!evaluation.checks.is_array() || !evaluation.evidence.is_object() || !evaluation.resources.is_array()
        || !evaluation.counters.is_array())
        return fail(ErrorCode::InvalidArgument, "checks, resources and counters are lists, evidence is an object");
    return {};
}

class DepthGuard {
public:
    explicit DepthGuard(int& depth)
        : m_depth(++depth)
    {
    }
    ~DepthGuard() { --m_depth; }
    DepthGuard(const DepthGuard&) = delete;
    DepthGuard& operator=(const DepthGuard&) = delete;

private:
    int& m_depth;
};

}  // namespace

Result<> Workspace::atomically(const std::function<Result<>()>& changes)
{
    if (m_status.readOnly)
        return fail(ErrorCode::ReadOnly, fmt::format("{} is open for reading only", m_path.string()));
    // After a full disk SQLite rolls everything back by itself; what follows must not be stored without its beginning.
    if (m_depth > 0 && !m_database->inTransaction())
        return fail(ErrorCode::IoFailed,
                    fmt::format("{}: an earlier change of this transaction failed", m_path.string()));
    const DepthGuard guard(m_depth);
    WARPLOOM_TRY(Transaction transaction, Transaction::begin(*m_database));
    WARPLOOM_CHECK(changes());
    return transaction.commit();
}

Result<Committed> Workspace::commit(std::string_view type, RunId run,
                                    const std::function<Result<nlohmann::json>()>& write)
{
    Committed committed;
    EventRecord& event = committed.event;
    const auto stored = atomically([&]() -> Result<> {
        event.time = now();
        event.run = run;
        event.type = type;
        WARPLOOM_TRY(event.data, write());
        WARPLOOM_CHECK(m_database->run("INSERT INTO events (time, run, type, data) VALUES (?1, ?2, ?3, ?4)", event.time,
                                       reference(run), event.type, jsonText(event.data)));
        event.sequence = m_database->lastInsertedRow();
        return {};
    });
    WARPLOOM_CHECK(stored);
    if (event.data.is_object())
        committed.id = event.data.value("id", std::int64_t{0});
    return committed;
}

Result<Committed> Workspace::ensureTask(const TaskRecord& task)
{
    WARPLOOM_TRY(Statement known, m_database->prepare("SELECT id FROM tasks WHERE name = ?1 AND revision = ?2"));
    known.bindAll(task.name, task.revision);
    WARPLOOM_TRY(const bool found, known.step());
    if (found)
        return Committed{known.integer(0), {}};
    return commit(eventType::kTaskAdded, 0, [&]() -> Result<nlohmann::json> {
        TaskRecord added = task;
        if (added.created == 0)
            added.created = now();
        WARPLOOM_CHECK(m_database->run("INSERT INTO tasks (name, revision, created) VALUES (?1, ?2, ?3)", added.name,
                                       added.revision, added.created));
        added.id = m_database->lastInsertedRow();
        for (const TaskFile& file : added.files)
            WARPLOOM_CHECK(m_database->run("INSERT INTO task_files (task, name, content) VALUES (?1, ?2, ?3)", added.id,
                                           file.name, file.content));
        return summaryOf(added);
    });
}

Result<Committed> Workspace::ensureEnvironment(const EnvironmentRecord& environment)
{
    WARPLOOM_TRY(const auto known, environments());
    for (const EnvironmentRecord& candidate : known) {
        if (candidate.sameAs(environment))
            return Committed{candidate.id, {}};
    }
    return commit(eventType::kEnvironmentAdded, 0, [&]() -> Result<nlohmann::json> {
        EnvironmentRecord added = environment;
        WARPLOOM_CHECK(m_database->run(
            "INSERT INTO environments (device, gpu_uuid, gpu_name, architecture, driver, compiler, worker_build, "
            "task_revision, modelled) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            added.device, added.gpuUuid, added.gpuName, added.architecture, added.driver, added.compiler,
            added.workerBuild, added.taskRevision, std::int64_t{added.modelled}));
        added.id = m_database->lastInsertedRow();
        return nlohmann::json(added);
    });
}

Result<Committed> Workspace::addRun(const RunRecord& run)
{
    if (!run.settings.is_object())
        return fail(ErrorCode::InvalidArgument, "a run's settings are an object");
    RunRecord added = run;
    added.state = RunState::Running;
    added.started = run.started == 0 ? now() : run.started;
    added.finished = 0;
    added.evaluations = 0;
    // The row comes first, so that its event can refer to it.
    Committed committed;
    const auto stored = atomically([&]() -> Result<> {
        WARPLOOM_CHECK(m_database->run("INSERT INTO runs (task, device, seed, settings, state, started, finished, "
                                       "evaluations) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0)",
                                       added.task, added.device, std::bit_cast<std::int64_t>(added.seed),
                                       jsonText(added.settings), runStateName(added.state), added.started));
        added.id = m_database->lastInsertedRow();
        WARPLOOM_TRY(committed, commit(eventType::kRunStarted, added.id, [&]() -> Result<nlohmann::json> {
                         return nlohmann::json(added);
                     }));
        return {};
    });
    WARPLOOM_CHECK(stored);
    return committed;
}

Result<> Workspace::changeRun(RunId run, RunState state, UnixMilliseconds finished)
{
    WARPLOOM_CHECK(
        m_database->run("UPDATE runs SET state = ?1, finished = ?2 WHERE id = ?3", runStateName(state), finished, run));
    if (m_database->changedRows() == 0)
        return fail(ErrorCode::InvalidArgument, fmt::format("there is no run {}", run));
    return {};
}

Result<Committed> Workspace::finishRun(RunId run, RunState state)
{
    if (state == RunState::Running)
        return fail(ErrorCode::InvalidArgument, "a run that ends is finished or interrupted");
    return commit(eventType::kRunFinished, run, [&]() -> Result<nlohmann::json> {
        const UnixMilliseconds finished = now();
        WARPLOOM_CHECK(changeRun(run, state, finished));
        return nlohmann::json{{"id", run}, {"state", runStateName(state)}, {"finished", finished}};
    });
}

Result<Committed> Workspace::resumeRun(const RunRecord& run)
{
    if (!run.settings.is_object())
        return fail(ErrorCode::InvalidArgument, "a run's settings are an object");
    return commit(eventType::kRunResumed, run.id, [&]() -> Result<nlohmann::json> {
        WARPLOOM_CHECK(changeRun(run.id, RunState::Running, 0));
        WARPLOOM_CHECK(m_database->run("UPDATE runs SET task = ?1, device = ?2, settings = ?3 WHERE id = ?4", run.task,
                                       run.device, jsonText(run.settings), run.id));
        return nlohmann::json{{"id", run.id}, {"task", run.task}, {"device", run.device}, {"settings", run.settings}};
    });
}

Result<Committed> Workspace::addVariant(const VariantRecord& variant)
{
    if (variant.parents.size() > 2)
        return fail(ErrorCode::InvalidArgument, "a variant has at most two parents");
    if (variant.predictedGain && !std::isfinite(*variant.predictedGain))
        return fail(ErrorCode::InvalidArgument, "a predicted gain must be finite");
    return commit(eventType::kVariantAdded, variant.run, [&]() -> Result<nlohmann::json> {
        VariantRecord added = variant;
        if (added.created == 0)
            added.created = now();
        const auto parent = [&](std::size_t i) { return reference(i < added.parents.size() ? added.parents[i] : 0); };
        WARPLOOM_CHECK(m_database->run("INSERT INTO variants (task, parent, second_parent, title, source, "
                                       "normalised_hash, agent, move, hypothesis, "
                                       "predicted_gain, outcome, run, created, favoured, retired) "
                                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
                                       added.task, parent(0), parent(1), added.title, added.source,
                                       added.normalisedHash, added.agent, added.move, added.hypothesis,
                                       added.predictedGain, hypothesisOutcomeName(added.outcome), reference(added.run),
                                       added.created, std::int64_t{added.favoured}, std::int64_t{added.retired}));
        added.id = m_database->lastInsertedRow();
        WARPLOOM_CHECK(addOrigin(added));
        return summaryOf(added);
    });
}

Result<> Workspace::addOrigin(const VariantRecord& variant)
{
    if (!variant.hasOrigin())
        return {};
    return m_database->run("INSERT INTO variant_origins (variant, asked, model, mode, repairs, exchange) "
                           "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                           variant.id, variant.asked, variant.model, variant.mode, reference(variant.repairs),
                           reference(variant.exchange));
}

Result<Committed> Workspace::changeVariant(VariantId variant, const std::string& column, const nlohmann::json& value)
{
    return commit(eventType::kVariantChanged, 0, [&]() -> Result<nlohmann::json> {
        WARPLOOM_TRY(Statement update, m_database->prepare("UPDATE variants SET " + column + " = ?1 WHERE id = ?2"));
        if (value.is_boolean())
            update.bind(1, std::int64_t{value.get<bool>()});
        else
            update.bind(1, std::string_view(value.get_ref<const std::string&>()));
        update.bind(2, variant);
        WARPLOOM_CHECK(update.run());
        if (m_database->changedRows() == 0)
            return fail(ErrorCode::InvalidArgument, fmt::format("there is no variant {}", variant));
        return nlohmann::json{{"id", variant}, {column, value}};
    });
}

Result<Committed> Workspace::setFavoured(VariantId variant, bool favoured)
{
    return changeVariant(variant, "favoured", favoured);
}

Result<Committed> Workspace::setRetired(VariantId variant, bool retired)
{
    return changeVariant(variant, "retired", retired);
}

Result<Committed> Workspace::setOutcome(VariantId variant, HypothesisOutcome outcome)
{
    return changeVariant(variant, "outcome", std::string(hypothesisOutcomeName(outcome)));
}

Result<Committed> Workspace::addEvaluation(const EvaluationRecord& evaluation)
{
    WARPLOOM_CHECK(checkEvaluation(evaluation));
    return commit(eventType::kEvaluationAdded, evaluation.run, [&]() -> Result<nlohmann::json> {
        EvaluationRecord added = evaluation;
        if (added.created == 0)
            added.created = now();
        WARPLOOM_CHECK(m_database->run(
            "INSERT INTO evaluations (variant, configuration, environment, run, verdict, trust, message, time_us, "
            "time_low, time_high, speedup, speedup_low, speedup_high, rounds, cold, modelled, provisional, "
            "cost_seconds, "
            "created, checks, evidence, resources, counters) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
            "?12, "
            "?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)",
            added.variant, configurationText(added.configuration), added.environment, reference(added.run),
            verdictName(added.verdict), std::int64_t{added.trust}, added.message, part(added.time, &Interval::estimate),
            part(added.time, &Interval::low), part(added.time, &Interval::high),
            part(added.speedup, &Interval::estimate), part(added.speedup, &Interval::low),
            part(added.speedup, &Interval::high), std::int64_t{added.rounds}, std::int64_t{added.cold},
            std::int64_t{added.modelled}, std::int64_t{added.provisional}, added.costSeconds, added.created,
            jsonText(added.checks), jsonText(added.evidence), jsonText(added.resources), jsonText(added.counters)));
        added.id = m_database->lastInsertedRow();
        WARPLOOM_CHECK(m_database->run("UPDATE runs SET evaluations = evaluations + 1 WHERE id = ?1", added.run));
        return summaryOf(added);
    });
}

Result<Committed> Workspace::addProfile(const ProfileRecord& profile)
{
    if (!profile.diagnosis.is_object() || !profile.changes.is_array())
        return fail(ErrorCode::InvalidArgument, "a profile's diagnosis is an object, its changes are a list");
    return commit(eventType::kProfileAdded, profile.run, [&]() -> Result<nlohmann::json> {
        ProfileRecord added = profile;
        if (added.created == 0)
            added.created = now();
        WARPLOOM_CHECK(m_database->run(
            "INSERT INTO profiles (evaluation, variant, parent, run, size, tier, bottleneck, diagnosis, changes, "
            "missing, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            added.evaluation, added.variant, reference(added.parent), reference(added.run), added.size, added.tier,
            added.bottleneck, jsonText(added.diagnosis), jsonText(added.changes), jsonText(added.missing),
            added.created));
        added.id = m_database->lastInsertedRow();
        return summaryOf(added);
    });
}

Result<Committed> Workspace::startExchange(const ExchangeRecord& exchange)
{
    return commit(eventType::kExchangeStarted, exchange.run, [&]() -> Result<nlohmann::json> {
        ExchangeRecord added = exchange;
        if (added.started == 0)
            added.started = now();
        WARPLOOM_CHECK(m_database->run(
            "INSERT INTO exchanges (run, agent, model, purpose, parent, mode, parts, messages, answer, fault, "
            "explanation, prompt_tokens, cached_prompt_tokens, answer_tokens, cost_microdollars, estimated, started, "
            "seconds, finished, error_code, error) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, '', '', '', ?9, 0, 0, ?11, 1, ?10, 0, 0, '', '')",
            reference(added.run), added.agent, added.model, added.purpose, reference(added.parent), added.mode,
            jsonText(added.parts), jsonText(added.messages), added.promptTokens, added.started,
            added.costMicroDollars));
        added.id = m_database->lastInsertedRow();
        return summaryOf(added);
    });
}

Result<Committed> Workspace::finishExchange(const ExchangeRecord& exchange)
{
    if (!std::isfinite(exchange.seconds))
        return fail(ErrorCode::InvalidArgument, "an exchange's seconds must be finite");
    return commit(eventType::kExchangeFinished, exchange.run, [&]() -> Result<nlohmann::json> {
        ExchangeRecord done = exchange;
        done.finished = true;
        WARPLOOM_CHECK(m_database->run(
            "UPDATE exchanges SET model = ?2, answer = ?3, fault = ?4, explanation = ?5, prompt_tokens = ?6, "
            "cached_prompt_tokens = ?7, answer_tokens = ?8, cost_microdollars = ?9, estimated = ?10, seconds = ?11, "
            "finished = 1, error_code = ?12, error = ?13 WHERE id = ?1",
            done.id, done.model, done.answer, done.fault, done.explanation, done.promptTokens, done.cachedPromptTokens,
            done.answerTokens, done.costMicroDollars, std::int64_t{done.estimated}, done.seconds, done.errorCode,
            done.error));
        if (m_database->changedRows() == 0)
            return fail(ErrorCode::InvalidArgument, fmt::format("there is no exchange {}", done.id));
        return summaryOf(done);
    });
}

Result<Committed> Workspace::recordExperience(const ExperienceRecord& experience, RunId run)
{
    if (!std::isfinite(experience.sumLogGain))
        return fail(ErrorCode::InvalidArgument, "an experience's gain must be finite");
    return commit(eventType::kExperienceRecorded, run, [&]() -> Result<nlohmann::json> {
        WARPLOOM_CHECK(m_database->run(
            "INSERT INTO experience (move, bottleneck, device, tries, right, improved, sum_log_gain) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (move, bottleneck, device) DO UPDATE SET "
            "tries = tries + excluded.tries, right = right + excluded.right, improved = improved + excluded.improved, "
            "sum_log_gain = sum_log_gain + excluded.sum_log_gain",
            experience.move, experience.bottleneck, experience.device, experience.tries, experience.right,
            experience.improved, experience.sumLogGain));
        return nlohmann::json(experience);
    });
}

Result<Committed> Workspace::recordPeaks(const DevicePeaks& peaks)
{
    const auto isFinite = [](const PeakFigure& figure) {
        return std::isfinite(figure.perSecond) && std::isfinite(figure.time.count());
    };
    if (!std::all_of(peaks.figures.begin(), peaks.figures.end(), isFinite))
        return fail(ErrorCode::InvalidArgument, "a device's peaks must be finite");
    return appendEvent(eventType::kPeaksMeasured, 0, peaks);
}

Result<Committed> Workspace::appendEvent(std::string_view type, RunId run, const nlohmann::json& data)
{
    return commit(type, run, [&]() -> Result<nlohmann::json> { return data; });
}

}  // namespace warploom
