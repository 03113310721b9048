// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/RecordRows.h"

#include <bit>
#include <utility>

#include <fmt/format.h>

#include "protocol/BoundedJson.h"

namespace warploom {

namespace {

tl::unexpected<Error> failCorrupt(const char* what, std::int64_t id, std::string_view column)
{
    return fail(ErrorCode::Corrupt, fmt::format("{} {} of the workspace has an unreadable {}", what, id, column));
}

/// A column that must hold JSON of this type.
Result<nlohmann::json> jsonAt(const Statement& row, int column, nlohmann::json::value_t type, const char* what)
{
    auto json = nlohmann::json::parse(row.text(column), nullptr, false);
    if (json.type() != type)
        return failCorrupt(what, row.integer(0), "JSON column");
    return json;
}

Result<Configuration> configurationAt(const Statement& row, int column)
{
    WARPLOOM_TRY(const nlohmann::json json, jsonAt(row, column, nlohmann::json::value_t::object, "evaluation"));
    Configuration configuration;
    for (const auto& [name, value] : json.items()) {
        if (!value.is_number_integer())
            return failCorrupt("evaluation", row.integer(0), "configuration");
        configuration.emplace(name, value.get<std::int64_t>());
    }
    return configuration;
}

/// A column that must hold a list of such objects.
template <typename Value>
Result<std::vector<Value>> listAt(const Statement& row, int column, const char* what)
{
    WARPLOOM_TRY(const nlohmann::json json, jsonAt(row, column, nlohmann::json::value_t::array, what));
    auto list = valueFromJson<std::vector<Value>>(json);
    if (!list)
        return failCorrupt(what, row.integer(0), "JSON column");
    return list;
}

/// Three columns: estimate, low, high.
std::optional<Interval> intervalAt(const Statement& row, int column)
{
    if (row.isNull(column))
        return std::nullopt;
    return Interval{row.real(column), row.real(column + 1), row.real(column + 2)};
}

}  // namespace

std::string jsonText(const nlohmann::json& json)
{
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<TaskRecord> readTask(const Statement& row)
{
    return TaskRecord{row.integer(0), row.text(1), row.text(2), {}, row.integer(3)};
}

Result<EnvironmentRecord> readEnvironment(const Statement& row)
{
    return EnvironmentRecord{row.integer(0), row.text(1), row.text(2), row.text(3), row.text(4),
                             row.text(5),    row.text(6), row.text(7), row.text(8), row.integer(9) != 0};
}

Result<RunRecord> readRun(const Statement& row)
{
    RunRecord run;
    run.id = row.integer(0);
    run.task = row.integer(1);
    run.device = row.text(2);
    run.seed = std::bit_cast<std::uint64_t>(row.integer(3));
    WARPLOOM_TRY(run.settings, jsonAt(row, 4, nlohmann::json::value_t::object, "run"));
    const auto state = runStateFromName(row.text(5));
    if (!state)
        return failCorrupt("run", run.id, "state");
    run.state = *state;
    run.started = row.integer(6);
    run.finished = row.integer(7);
    run.evaluations = row.integer(8);
    return run;
}

Result<VariantRecord> readVariant(const Statement& row)
{
    VariantRecord variant;
    variant.id = row.integer(0);
    variant.task = row.integer(1);
    for (const int column : {2, 3}) {
        if (const auto parent = row.optionalInteger(column))
            variant.parents.push_back(*parent);
    }
    variant.title = row.text(4);
    variant.source = row.text(5);
    variant.normalisedHash = row.text(6);
    variant.agent = row.text(7);
    variant.move = row.text(8);
    variant.hypothesis = row.text(9);
    variant.predictedGain = row.optionalReal(10);
    const auto outcome = hypothesisOutcomeFromName(row.text(11));
    if (!outcome)
        return failCorrupt("variant", variant.id, "outcome");
    variant.outcome = *outcome;
    variant.run = row.integer(12);
    variant.created = row.integer(13);
    variant.favoured = row.integer(14) != 0;
    variant.retired = row.integer(15) != 0;
    variant.asked = row.text(16);
    variant.model = row.text(17);
    variant.mode = row.text(18);
    variant.repairs = row.integer(19);
    variant.exchange = row.integer(20);
    return variant;
}

Result<EvaluationRecord> readEvaluation(const Statement& row)
{
    EvaluationRecord evaluation;
    evaluation.id = row.integer(0);
    evaluation.variant = row.integer(1);
    WARPLOOM_TRY(evaluation.configuration, configurationAt(row, 2));
    evaluation.environment = row.integer(3);
    evaluation.run = row.integer(4);
    const auto verdict = verdictFromName(row.text(5));
    if (!verdict)
        return failCorrupt("evaluation", evaluation.id, "verdict");
    evaluation.verdict = *verdict;
    evaluation.trust = static_cast<int>(row.integer(6));
    evaluation.message = row.text(7);
    evaluation.time = intervalAt(row, 8);
    evaluation.speedup = intervalAt(row, 11);
    evaluation.rounds = static_cast<int>(row.integer(14));
    evaluation.cold = row.integer(15) != 0;
    evaluation.modelled = row.integer(16) != 0;
    evaluation.provisional = row.integer(17) != 0;
    evaluation.costSeconds = row.real(18);
    evaluation.created = row.integer(19);
    return evaluation;
}

Result<EvaluationRecord> readFullEvaluation(const Statement& row)
{
    constexpr const char* kWhat = "evaluation";
    WARPLOOM_TRY(EvaluationRecord evaluation, readEvaluation(row));
    WARPLOOM_TRY(evaluation.checks, jsonAt(row, 20, nlohmann::json::value_t::array, kWhat));
    WARPLOOM_TRY(evaluation.evidence, jsonAt(row, 21, nlohmann::json::value_t::object, kWhat));
    WARPLOOM_TRY(evaluation.resources, jsonAt(row, 22, nlohmann::json::value_t::array, kWhat));
    WARPLOOM_TRY(evaluation.counters, jsonAt(row, 23, nlohmann::json::value_t::array, kWhat));
    return evaluation;
}

Result<ProfileRecord> readProfile(const Statement& row)
{
    constexpr const char* kWhat = "profile";
    ProfileRecord profile;
    profile.id = row.integer(0);
    profile.evaluation = row.integer(1);
    profile.variant = row.integer(2);
    profile.parent = row.integer(3);
    profile.run = row.integer(4);
    profile.size = row.text(5);
    profile.tier = row.text(6);
    profile.bottleneck = row.text(7);
    WARPLOOM_TRY(profile.changes, jsonAt(row, 8, nlohmann::json::value_t::array, kWhat));
    WARPLOOM_TRY(const nlohmann::json missing, jsonAt(row, 9, nlohmann::json::value_t::array, kWhat));
    for (const nlohmann::json& what : missing) {
        if (!what.is_string())
            return failCorrupt(kWhat, profile.id, "JSON column");
        profile.missing.push_back(what.get<std::string>());
    }
    profile.created = row.integer(10);
    return profile;
}

Result<ProfileRecord> readFullProfile(const Statement& row)
{
    WARPLOOM_TRY(ProfileRecord profile, readProfile(row));
    WARPLOOM_TRY(profile.diagnosis, jsonAt(row, 11, nlohmann::json::value_t::object, "profile"));
    return profile;
}

Result<ExchangeRecord> readExchange(const Statement& row)
{
    ExchangeRecord exchange;
    exchange.id = row.integer(0);
    exchange.run = row.integer(1);
    exchange.agent = row.text(2);
    exchange.model = row.text(3);
    exchange.purpose = row.text(4);
    exchange.parent = row.integer(5);
    exchange.mode = row.text(6);
    WARPLOOM_TRY(exchange.parts, listAt<ExchangePart>(row, 7, "exchange"));
    exchange.fault = row.text(8);
    exchange.explanation = row.text(9);
    exchange.promptTokens = row.integer(10);
    exchange.cachedPromptTokens = row.integer(11);
    exchange.answerTokens = row.integer(12);
    exchange.costMicroDollars = row.optionalInteger(13);
    exchange.estimated = row.integer(14) != 0;
    exchange.started = row.integer(15);
    exchange.seconds = row.real(16);
    exchange.finished = row.integer(17) != 0;
    exchange.errorCode = row.text(18);
    exchange.error = row.text(19);
    return exchange;
}

Result<ExchangeRecord> readFullExchange(const Statement& row)
{
    WARPLOOM_TRY(ExchangeRecord exchange, readExchange(row));
    WARPLOOM_TRY(exchange.messages, listAt<ExchangeMessage>(row, 20, "exchange"));
    exchange.answer = row.text(21);
    return exchange;
}

Result<EventRecord> readEvent(const Statement& row)
{
    EventRecord event{row.integer(0), row.integer(1), row.integer(2), row.text(3), {}};
    event.data = nlohmann::json::parse(row.text(4), nullptr, false);
    if (event.data.is_discarded())
        return failCorrupt("event", event.sequence, "data");
    return event;
}

Result<ExperienceRecord> readExperience(const Statement& row)
{
    return ExperienceRecord{row.text(0),    row.text(1),    row.text(2), row.integer(3),
                            row.integer(4), row.integer(5), row.real(6)};
}

}  // namespace warploom
