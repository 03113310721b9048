// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/SalvagedRows.h"

#include <algorithm>
#include <bit>
#include <utility>

#include <fmt/format.h>

#include "protocol/ExchangeRecord.h"
#include "protocol/ProfileRecord.h"
#include "protocol/Records.h"
#include "store/RecordRows.h"

namespace warploom {

namespace {

constexpr const char* kLostText = "// The text of this variant could not be read.\n";

PageValue number(std::int64_t value) { return value; }

/// Foreign keys use NULL for none.
PageValue reference(std::int64_t id) { return id == 0 ? PageValue() : PageValue(id); }

PageValue real(const std::optional<double>& value) { return value ? PageValue(*value) : PageValue(); }

void appendInterval(RowValues& values, const std::optional<Interval>& interval)
{
    for (double Interval::* member : {&Interval::estimate, &Interval::low, &Interval::high})
        values.push_back(interval ? PageValue((*interval).*member) : PageValue());
}

RowValues rowOf(const TaskRecord& task) { return {task.id, task.name, task.revision, task.created}; }

RowValues rowOf(const EnvironmentRecord& e)
{
    return {e.id,     e.device,   e.gpuUuid,     e.gpuName,      e.architecture,
            e.driver, e.compiler, e.workerBuild, e.taskRevision, number(e.modelled)};
}

RowValues rowOf(const RunRecord& run)
{
    return {run.id,
            run.task,
            run.device,
            std::bit_cast<std::int64_t>(run.seed),
            jsonText(run.settings),
            std::string(runStateName(RunState::Interrupted)),
            run.started,
            run.finished,
            run.evaluations};
}

/// A variant whose text is lost cannot be tried or exported: it is retired.
RowValues rowOf(const VariantRecord& variant)
{
    const auto parent = [&](std::size_t i) { return reference(i < variant.parents.size() ? variant.parents[i] : 0); };
    return {variant.id,
            variant.task,
            parent(0),
            parent(1),
            variant.title,
            std::string(kLostText),
            variant.normalisedHash,
            variant.agent,
            variant.move,
            variant.hypothesis,
            real(variant.predictedGain),
            std::string(hypothesisOutcomeName(variant.outcome)),
            reference(variant.run),
            variant.created,
            number(variant.favoured),
            number(1)};
}

RowValues rowOf(const EvaluationRecord& e)
{
    RowValues values{e.id,
                     e.variant,
                     configurationText(e.configuration),
                     e.environment,
                     reference(e.run),
                     std::string(verdictName(e.verdict)),
                     number(e.trust),
                     e.message};
    appendInterval(values, e.time);
    appendInterval(values, e.speedup);
    for (const std::int64_t value :
         {std::int64_t{e.rounds}, std::int64_t{e.cold}, std::int64_t{e.modelled}, std::int64_t{e.provisional}})
        values.emplace_back(value);
    values.emplace_back(e.costSeconds);
    values.emplace_back(e.created);
    for (const auto& json : {e.checks, e.evidence, e.resources, e.counters})
        values.emplace_back(jsonText(json));
    return values;
}

/// What was diagnosed is in no event: the first bottleneck and what has changed are.
RowValues rowOf(const ProfileRecord& p)
{
    return {
        p.id,         p.evaluation,          p.variant,           reference(p.parent), reference(p.run), p.size, p.tier,
        p.bottleneck, jsonText(p.diagnosis), jsonText(p.changes), jsonText(p.missing), p.created};
}

/// The texts that were sent and answered are in no event.
RowValues rowOf(const ExchangeRecord& x)
{
    return {x.id,
            reference(x.run),
            x.agent,
            x.model,
            x.purpose,
            reference(x.parent),
            x.mode,
            jsonText(x.parts),
            std::string("[]"),
            std::string(),
            x.fault,
            x.explanation,
            x.promptTokens,
            x.cachedPromptTokens,
            x.answerTokens,
            x.costMicroDollars ? PageValue(*x.costMicroDollars) : PageValue(),
            number(x.estimated),
            x.started,
            x.seconds,
            number(x.finished),
            x.errorCode,
            x.error};
}

template <typename Record>
RetoldRow retold(const char* table, const nlohmann::json& data)
{
    const Record record = data.get<Record>();
    return {table, record.id, rowOf(record)};
}

}  // namespace

const std::vector<TableShape>& salvagedTables()
{
    static const std::vector<TableShape> tables{
        {"tasks", 4, true, false, {}},
        {"task_files", 3, false, false, {0}},
        {"environments", 10, true, false, {}},
        {"runs", 9, true, false, {1}},
        {"variants", 16, true, false, {1, 2, 3, 12}},
        {"evaluations", 24, true, false, {1, 3, 4}},
        {"profiles", 12, true, false, {1, 2, 3, 4}},
        {"exchanges", 22, true, false, {1, 5}},
        {"variant_origins", 6, false, false, {0, 4, 5}},
        {"experience", 7, false, true, {}},
        {"events", 5, true, false, {2}},
    };
    return tables;
}

bool refersToPossibleRows(const TableShape& table, const RowValues& values)
{
    return std::all_of(table.references.begin(), table.references.end(), [&values](std::size_t column) {
        const auto* id = std::get_if<std::int64_t>(&values[column]);
        return id == nullptr || (*id > 0 && *id <= kMostId);
    });
}

const TableShape* tableOf(const PageRow& row)
{
    for (const TableShape& table : salvagedTables()) {
        if (table.columns != row.values.size() || table.isIndexed != row.isIndexed)
            continue;
        // Where the rowid is a column NULL stands for it; SQLite's own tables begin with a text.
        const bool hasPossibleId = row.id > 0 && row.id <= kMostId;
        const bool begins = table.hasId ? std::holds_alternative<std::monostate>(row.values.front()) && hasPossibleId
            : table.isIndexed           ? std::holds_alternative<std::string>(row.values[2])
                                        : std::holds_alternative<std::int64_t>(row.values.front());
        return begins && refersToPossibleRows(table, row.values) ? &table : nullptr;
    }
    return nullptr;
}

void FoundRows::add(PageRow row)
{
    if (row.values.size() == 2 && row.values[0] == PageValue(std::string("events"))) {
        if (const auto* sequence = std::get_if<std::int64_t>(&row.values[1]);
            sequence != nullptr && *sequence <= kMostId)
            lastSequence = std::max(lastSequence, *sequence);
        return;
    }
    const TableShape* table = tableOf(row);
    if (table == nullptr)
        return;
    if (!table->hasId) {
        others[table->name].push_back(std::move(row.values));
        return;
    }
    row.values.front() = row.id;
    byId[table->name].try_emplace(row.id, std::move(row.values));
}

std::optional<RetoldRow> rowToldBy(const std::string& type, const nlohmann::json& data)
{
    try {
        if (type == eventType::kTaskAdded)
            return retold<TaskRecord>("tasks", data);
        if (type == eventType::kEnvironmentAdded)
            return retold<EnvironmentRecord>("environments", data);
        if (type == eventType::kRunStarted)
            return retold<RunRecord>("runs", data);
        if (type == eventType::kVariantAdded)
            return retold<VariantRecord>("variants", data);
        if (type == eventType::kEvaluationAdded)
            return retold<EvaluationRecord>("evaluations", data);
        if (type == eventType::kProfileAdded)
            return retold<ProfileRecord>("profiles", data);
        // Of an exchange whose end was told too the end is not known here: it stays one without an answer.
        if (type == eventType::kExchangeStarted)
            return retold<ExchangeRecord>("exchanges", data);
    } catch (const nlohmann::json::exception&) {
        // An event that was damaged itself.
    }
    return std::nullopt;
}

RowValues placeholderRow(const std::string& table, std::int64_t id, std::int64_t task)
{
    const std::string name = fmt::format("lost-{}", id);
    if (table == "tasks")
        return rowOf(TaskRecord{id, "lost", name, {}, 0});
    if (table == "environments")
        return rowOf(EnvironmentRecord{id, "", "", name, "", "", "", "", "", false});
    if (table == "runs") {
        RunRecord run;
        run.id = id;
        run.task = task;
        run.settings = nlohmann::json::object();
        return rowOf(run);
    }
    VariantRecord variant;
    variant.id = id;
    variant.task = task;
    variant.title = "lost";
    variant.normalisedHash = name;
    return rowOf(variant);
}

}  // namespace warploom
