// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/Result.h"
#include "protocol/ExchangeRecord.h"
#include "protocol/ProfileRecord.h"
#include "protocol/Records.h"
#include "store/Statement.h"

namespace warploom {

// How records lie in columns: the list to select, in the order in which the reader takes them. A reader fails with
// Corrupt where a column holds what no build ever wrote.

inline constexpr std::string_view kTaskColumns = "id, name, revision, created";
inline constexpr std::string_view kEnvironmentColumns =
    "id, device, gpu_uuid, gpu_name, architecture, driver, compiler, worker_build, task_revision, modelled";
inline constexpr std::string_view kRunColumns =
    "id, task, device, seed, settings, state, started, finished, evaluations";
inline constexpr std::string_view kVariantColumns =
    "v.id, v.task, v.parent, v.second_parent, v.title, v.source, v.normalised_hash, v.agent, v.move, "
    "v.hypothesis, v.predicted_gain, v.outcome, v.run, v.created, v.favoured, v.retired, "
    "o.asked, o.model, o.mode, o.repairs, o.exchange";
inline constexpr std::string_view kVariantTables = "variants AS v LEFT JOIN variant_origins AS o ON o.variant = v.id";
inline constexpr std::string_view kEvaluationColumns =
    "e.id, e.variant, e.configuration, e.environment, e.run, e.verdict, e.trust, e.message, e.time_us, e.time_low, "
    "e.time_high, e.speedup, e.speedup_low, e.speedup_high, e.rounds, e.cold, e.modelled, e.provisional, "
    "e.cost_seconds, e.created";
inline constexpr std::string_view kEvaluationDetailColumns  // to append to kEvaluationColumns
    = ", e.checks, e.evidence, e.resources, e.counters";
inline constexpr std::string_view kProfileColumns =
    "p.id, p.evaluation, p.variant, p.parent, p.run, p.size, p.tier, p.bottleneck, p.changes, p.missing, p.created";
inline constexpr std::string_view kProfileDetailColumns  // to append to kProfileColumns
    = ", p.diagnosis";
inline constexpr std::string_view kExchangeColumns =
    "x.id, x.run, x.agent, x.model, x.purpose, x.parent, x.mode, x.parts, x.fault, x.explanation, x.prompt_tokens, "
    "x.cached_prompt_tokens, x.answer_tokens, x.cost_microdollars, x.estimated, x.started, x.seconds, x.finished, "
    "x.error_code, x.error";
inline constexpr std::string_view kExchangeDetailColumns  // to append to kExchangeColumns
    = ", x.messages, x.answer";
inline constexpr std::string_view kEventColumns = "sequence, time, run, type, data";
inline constexpr std::string_view kExperienceColumns = "move, bottleneck, device, tries, right, improved, sum_log_gain";

/// Without its files.
Result<TaskRecord> readTask(const Statement& row);
Result<EnvironmentRecord> readEnvironment(const Statement& row);
Result<RunRecord> readRun(const Statement& row);
Result<VariantRecord> readVariant(const Statement& row);
Result<EvaluationRecord> readEvaluation(const Statement& row);
Result<EvaluationRecord> readFullEvaluation(const Statement& row);
Result<ProfileRecord> readProfile(const Statement& row);
Result<ProfileRecord> readFullProfile(const Statement& row);
/// Without the variants that were made of it.
Result<ExchangeRecord> readExchange(const Statement& row);
Result<ExchangeRecord> readFullExchange(const Statement& row);
Result<EventRecord> readEvent(const Statement& row);
Result<ExperienceRecord> readExperience(const Statement& row);

/// As stored in a column: invalid UTF-8 becomes U+FFFD.
std::string jsonText(const nlohmann::json& json);

/// Every row that is left in \p statement.
template <typename Record>
Result<std::vector<Record>> readAll(Statement& statement, Result<Record> (*reader)(const Statement&))
{
    std::vector<Record> records;
    for (;;) {
        WARPLOOM_TRY(const bool row, statement.step());
        if (!row)
            return records;
        WARPLOOM_TRY(Record record, reader(statement));
        records.push_back(std::move(record));
    }
}

/// The first row, or nothing.
template <typename Record>
Result<std::optional<Record>> readFirst(Statement& statement, Result<Record> (*reader)(const Statement&))
{
    WARPLOOM_TRY(const bool row, statement.step());
    if (!row)
        return std::nullopt;
    WARPLOOM_TRY(Record record, reader(statement));
    return std::optional<Record>(std::move(record));
}

}  // namespace warploom
