// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <utility>

#include <fmt/format.h>

#include "protocol/BoundedJson.h"
#include "store/Database.h"
#include "store/RecordRows.h"
#include "store/Standings.h"
#include "store/Workspace.h"

namespace warploom {

namespace {

template <typename Record, typename... Values>
Result<std::vector<Record>> queryAll(Database& database, Result<Record> (*reader)(const Statement&),
                                     const std::string& sql, const Values&... values)
{
    WARPLOOM_TRY(Statement statement, database.prepare(sql));
    statement.bindAll(values...);
    return readAll(statement, reader);
}

template <typename Record, typename... Values>
Result<std::optional<Record>> queryFirst(Database& database, Result<Record> (*reader)(const Statement&),
                                         const std::string& sql, const Values&... values)
{
    WARPLOOM_TRY(Statement statement, database.prepare(sql));
    statement.bindAll(values...);
    return readFirst(statement, reader);
}

template <typename Record>
Result<Record> queryById(Database& database, Result<Record> (*reader)(const Statement&), const std::string& sql,
                         const char* what, std::int64_t id)
{
    WARPLOOM_TRY(auto found, queryFirst(database, reader, sql, id));
    if (!found)
        return fail(ErrorCode::NotFound, fmt::format("there is no {} {}", what, id));
    return std::move(*found);
}

Result<> readFiles(Database& database, TaskRecord& task)
{
    WARPLOOM_TRY(Statement files,
                 database.prepare("SELECT name, content FROM task_files WHERE task = ?1 ORDER BY name"));
    files.bindAll(task.id);
    for (;;) {
        WARPLOOM_TRY(const bool row, files.step());
        if (!row)
            return {};
        task.files.push_back({files.text(0), files.text(1)});
    }
}

std::string selectFrom(std::string_view table, std::string_view columns, std::string_view rest)
{
    return fmt::format("SELECT {} FROM {} {}", columns, table, rest);
}

std::string selectFullEvaluations(std::string_view rest)
{
    return fmt::format("SELECT {}{} FROM evaluations AS e {}", kEvaluationColumns, kEvaluationDetailColumns, rest);
}

}  // namespace

Result<std::vector<TaskRecord>> Workspace::tasks()
{
    WARPLOOM_TRY(auto list, queryAll(*m_database, readTask, selectFrom("tasks", kTaskColumns, "ORDER BY id")));
    for (TaskRecord& task : list)
        WARPLOOM_CHECK(readFiles(*m_database, task));
    return list;
}

Result<TaskRecord> Workspace::task(TaskId id)
{
    WARPLOOM_TRY(auto task,
                 queryById(*m_database, readTask, selectFrom("tasks", kTaskColumns, "WHERE id = ?1"), "task", id));
    WARPLOOM_CHECK(readFiles(*m_database, task));
    return task;
}

Result<std::vector<TaskRecord>> Workspace::taskRevisions(const std::string& name)
{
    return queryAll(*m_database, readTask, selectFrom("tasks", kTaskColumns, "WHERE name = ?1 ORDER BY id"), name);
}

Result<std::vector<EnvironmentRecord>> Workspace::environments()
{
    return queryAll(*m_database, readEnvironment, selectFrom("environments", kEnvironmentColumns, "ORDER BY id"));
}

Result<EnvironmentRecord> Workspace::environment(EnvironmentId id)
{
    return queryById(*m_database, readEnvironment, selectFrom("environments", kEnvironmentColumns, "WHERE id = ?1"),
                     "environment", id);
}

Result<std::vector<RunRecord>> Workspace::runs()
{
    return queryAll(*m_database, readRun, selectFrom("runs", kRunColumns, "ORDER BY id"));
}

Result<RunRecord> Workspace::run(RunId id)
{
    return queryById(*m_database, readRun, selectFrom("runs", kRunColumns, "WHERE id = ?1"), "run", id);
}

Result<std::optional<RunRecord>> Workspace::latestRun()
{
    return queryFirst(*m_database, readRun, selectFrom("runs", kRunColumns, "ORDER BY id DESC LIMIT 1"));
}

Result<std::vector<VariantRecord>> Workspace::variants(TaskId task)
{
    return queryAll(*m_database, readVariant,
                    selectFrom(kVariantTables, kVariantColumns, "WHERE v.task = ?1 ORDER BY v.id"), task);
}

Result<VariantRecord> Workspace::variant(VariantId id)
{
    return queryById(*m_database, readVariant, selectFrom(kVariantTables, kVariantColumns, "WHERE v.id = ?1"),
                     "variant", id);
}

Result<std::vector<VariantRecord>> Workspace::children(VariantId parent)
{
    return queryAll(
        *m_database, readVariant,
        selectFrom(kVariantTables, kVariantColumns, "WHERE v.parent = ?1 OR v.second_parent = ?1 ORDER BY v.id"),
        parent);
}

Result<std::optional<VariantRecord>> Workspace::findVariant(TaskId task, const std::string& normalisedHash)
{
    return queryFirst(*m_database, readVariant,
                      selectFrom(kVariantTables, kVariantColumns,
                                 "WHERE v.task = ?1 AND v.normalised_hash = ?2 ORDER BY v.id LIMIT 1"),
                      task, normalisedHash);
}

Result<std::vector<EvaluationRecord>> Workspace::evaluations(const EvaluationFilter& filter)
{
    std::string sql = fmt::format("SELECT {}{} FROM evaluations AS e WHERE 1", kEvaluationColumns,
                                  filter.full ? kEvaluationDetailColumns : "");
    std::vector<std::int64_t> values;
    const auto restrict = [&](const char* column, const std::optional<std::int64_t>& value) {
        if (!value)
            return;
        values.push_back(*value);
        sql += fmt::format(" AND e.{} = ?{}", column, values.size());
    };
    restrict("variant", filter.variant);
    restrict("run", filter.run);
    restrict("environment", filter.environment);
    WARPLOOM_TRY(Statement statement, m_database->prepare(sql + " ORDER BY e.id"));
    for (std::size_t i = 0; i < values.size(); ++i)
        statement.bind(static_cast<int>(i) + 1, values[i]);
    return readAll(statement, filter.full ? readFullEvaluation : readEvaluation);
}

Result<EvaluationRecord> Workspace::evaluation(EvaluationId id)
{
    return queryById(*m_database, readFullEvaluation, selectFullEvaluations("WHERE e.id = ?1"), "evaluation", id);
}

Result<std::optional<EvaluationRecord>> Workspace::findEvaluation(VariantId variant, const Configuration& configuration,
                                                                  EnvironmentId environment)
{
    return queryFirst(*m_database, readFullEvaluation,
                      selectFullEvaluations("WHERE e.variant = ?1 AND e.environment = ?2 "
                                            "AND e.configuration = ?3 ORDER BY e.id DESC LIMIT 1"),
                      variant, environment, configurationText(configuration));
}

Result<std::optional<EvaluationRecord>> Workspace::bestEvaluation(EnvironmentId environment, int minimumTrust)
{
    EvaluationFilter filter;
    filter.environment = environment;
    WARPLOOM_TRY(const auto all, evaluations(filter));
    Standings standings;
    for (const EvaluationRecord& evaluation : all)
        standings.add(evaluation);
    WARPLOOM_TRY(const auto retired, retiredVariants());
    const EvaluationRecord* best = standings.best([&](const EvaluationRecord& evaluation) {
        return evaluation.trust >= minimumTrust && !retired.contains(evaluation.variant);
    });
    if (best == nullptr)
        return std::nullopt;
    WARPLOOM_TRY(EvaluationRecord found, evaluation(best->id));
    return found;
}

Result<std::vector<ProfileRecord>> Workspace::profiles(const ProfileFilter& filter)
{
    std::string sql =
        fmt::format("SELECT {}{} FROM profiles AS p WHERE (?1 IS NULL OR p.variant = ?1) AND (?2 IS NULL OR "
                    "p.evaluation IN (SELECT id FROM evaluations WHERE environment = ?2)) ORDER BY p.id",
                    kProfileColumns, filter.full ? kProfileDetailColumns : "");
    return queryAll(*m_database, filter.full ? readFullProfile : readProfile, sql, filter.variant, filter.environment);
}

Result<std::vector<ExchangeRecord>> Workspace::exchanges(const ExchangeFilter& filter)
{
    const std::string sql = fmt::format("SELECT {}{} FROM exchanges AS x WHERE ?1 IS NULL OR x.run = ?1 ORDER BY x.id",
                                        kExchangeColumns, filter.full ? kExchangeDetailColumns : "");
    WARPLOOM_TRY(auto list, queryAll(*m_database, filter.full ? readFullExchange : readExchange, sql, filter.run));
    WARPLOOM_CHECK(addVariantsMade(list));
    return list;
}

Result<ExchangeRecord> Workspace::exchange(ExchangeId id)
{
    WARPLOOM_TRY(std::vector<ExchangeRecord> one,
                 queryAll(*m_database, readFullExchange,
                          fmt::format("SELECT {}{} FROM exchanges AS x WHERE x.id = ?1", kExchangeColumns,
                                      kExchangeDetailColumns),
                          id));
    if (one.empty())
        return fail(ErrorCode::NotFound, fmt::format("there is no exchange {}", id));
    WARPLOOM_CHECK(addVariantsMade(one));
    return std::move(one.front());
}

Result<> Workspace::addVariantsMade(std::vector<ExchangeRecord>& exchanges)
{
    WARPLOOM_TRY(Statement made,
                 m_database->prepare("SELECT exchange, variant FROM variant_origins WHERE exchange IS NOT NULL "
                                     "ORDER BY variant"));
    std::map<ExchangeId, std::vector<VariantId>> variants;
    for (;;) {
        WARPLOOM_TRY(const bool row, made.step());
        if (!row)
            break;
        variants[made.integer(0)].push_back(made.integer(1));
    }
    for (ExchangeRecord& exchange : exchanges)
        exchange.variants = variants[exchange.id];
    return {};
}

Result<std::set<VariantId>> Workspace::retiredVariants()
{
    WARPLOOM_TRY(Statement statement, m_database->prepare("SELECT id FROM variants WHERE retired <> 0"));
    std::set<VariantId> retired;
    for (;;) {
        WARPLOOM_TRY(const bool row, statement.step());
        if (!row)
            return retired;
        retired.insert(statement.integer(0));
    }
}

Result<std::map<Verdict, std::int64_t>> Workspace::verdictCounts(RunId run)
{
    WARPLOOM_TRY(
        Statement statement,
        m_database->prepare("SELECT verdict, count(*) FROM evaluations WHERE ?1 = 0 OR run = ?1 GROUP BY verdict"));
    statement.bindAll(run);
    std::map<Verdict, std::int64_t> counts;
    for (;;) {
        WARPLOOM_TRY(const bool row, statement.step());
        if (!row)
            return counts;
        const auto verdict = verdictFromName(statement.text(0));
        if (!verdict)
            return fail(ErrorCode::Corrupt, fmt::format("{} has an unknown verdict", m_path.string()));
        counts[*verdict] = statement.integer(1);
    }
}

Result<std::vector<EventRecord>> Workspace::eventsSince(EventSequence sequence, int limit)
{
    return queryAll(*m_database, readEvent,
                    selectFrom("events", kEventColumns, "WHERE sequence > ?1 ORDER BY sequence LIMIT ?2"), sequence,
                    std::int64_t{limit});
}

Result<std::vector<EventRecord>> Workspace::eventsOfType(std::string_view type)
{
    return queryAll(*m_database, readEvent, selectFrom("events", kEventColumns, "WHERE type = ?1 ORDER BY sequence"),
                    type);
}

Result<std::vector<DevicePeaks>> Workspace::devicePeaks()
{
    WARPLOOM_TRY(const auto events, eventsOfType(eventType::kPeaksMeasured));
    std::vector<DevicePeaks> all;
    for (const EventRecord& event : events)
        if (auto peaks = valueFromJson<DevicePeaks>(event.data))
            all.push_back(std::move(*peaks));
    return all;
}

Result<EventSequence> Workspace::lastSequence() { return m_database->integer("SELECT max(sequence) FROM events"); }

Result<std::vector<ExperienceRecord>> Workspace::experience(const std::string& device)
{
    return queryAll(
        *m_database, readExperience,
        selectFrom("experience", kExperienceColumns, "WHERE ?1 = '' OR device = ?1 ORDER BY move, bottleneck, device"),
        device);
}

}  // namespace warploom
