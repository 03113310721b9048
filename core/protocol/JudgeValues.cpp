// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/JudgeValues.h"

#include <cmath>
#include <limits>

namespace warploom {

namespace {

// JSON has no infinities; they travel as text.
nlohmann::json realToJson(double value)
{
    if (std::isfinite(value))
        return value;
    return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

double realFromJson(const nlohmann::json& json, const char* name)
{
    const auto found = json.find(name);
    if (found == json.end())
        return 0;
    if (found->is_number())
        return found->get<double>();
    const auto text = found->is_string() ? found->get<std::string>() : std::string("nan");
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    return text == "inf" ? kInfinity : text == "-inf" ? -kInfinity : std::numeric_limits<double>::quiet_NaN();
}

nlohmann::json timesToJson(const std::vector<Microseconds>& times)
{
    auto list = nlohmann::json::array();
    for (const Microseconds time : times)
        list.push_back(time.count());
    return list;
}

std::vector<Microseconds> timesFromJson(const nlohmann::json& json, const char* name)
{
    std::vector<Microseconds> times;
    for (const auto& time : json.value(name, nlohmann::json::array()))
        times.emplace_back(time.get<double>());
    return times;
}

}  // namespace

void to_json(nlohmann::json& json, const CandidateSpec& candidate)
{
    json = {{"source", candidate.source},
            {"file", candidate.fileName},
            {"configuration", candidate.configuration},
            {"product", candidate.product}};
}

void from_json(const nlohmann::json& json, CandidateSpec& candidate)
{
    candidate.source = json.value("source", "");
    candidate.fileName = json.value("file", "kernel.cu");
    candidate.configuration = json.value("configuration", Configuration{});
    candidate.product = json.value("product", CompileProduct{});
}

void to_json(nlohmann::json& json, const ComparisonReport& report)
{
    json = {{"buffer", report.buffer},
            {"elements", report.elements},
            {"wrong", report.wrong},
            {"untouched", report.untouched},
            {"first_wrong", report.firstWrong},
            {"worst_index", report.worstIndex},
            {"worst_ratio", realToJson(report.worstRatio)},
            {"largest_error", realToJson(report.largestError)},
            {"mean_square_ratio", realToJson(report.meanSquareRatio)},
            {"least_expected", realToJson(report.leastExpected)},
            {"most_expected", realToJson(report.mostExpected)},
            {"mean_expected", realToJson(report.meanExpected)},
            {"expected_deviation", realToJson(report.expectedDeviation)},
            {"got", realToJson(report.got)},
            {"expected", realToJson(report.expected)},
            {"worst_got", realToJson(report.worstGot)},
            {"worst_expected", realToJson(report.worstExpected)},
            {"histogram", report.histogram}};
}

void from_json(const nlohmann::json& json, ComparisonReport& report)
{
    report.buffer = json.value("buffer", "");
    report.elements = json.value("elements", std::uint64_t{0});
    report.wrong = json.value("wrong", std::uint64_t{0});
    report.untouched = json.value("untouched", std::uint64_t{0});
    report.firstWrong = json.value("first_wrong", std::uint64_t{0});
    report.worstIndex = json.value("worst_index", std::uint64_t{0});
    report.worstRatio = realFromJson(json, "worst_ratio");
    report.largestError = realFromJson(json, "largest_error");
    report.meanSquareRatio = realFromJson(json, "mean_square_ratio");
    report.leastExpected = realFromJson(json, "least_expected");
    report.mostExpected = realFromJson(json, "most_expected");
    report.meanExpected = realFromJson(json, "mean_expected");
    report.expectedDeviation = realFromJson(json, "expected_deviation");
    report.got = realFromJson(json, "got");
    report.expected = realFromJson(json, "expected");
    // Before both were kept apart, the shown element was the worst one where nothing was wrong.
    report.worstGot = json.contains("worst_got") ? realFromJson(json, "worst_got") : report.got;
    report.worstExpected = json.contains("worst_expected") ? realFromJson(json, "worst_expected") : report.expected;
    report.histogram = json.value("histogram", std::array<std::uint64_t, 16>{});
}

void to_json(nlohmann::json& json, const CaseReport& report)
{
    json = {{"size", report.size},
            {"sizes", report.sizes},
            {"seed", report.seed},
            {"distribution", report.distribution},
            {"allowed_ratio", realToJson(report.allowedRatio)},
            {"verdict", verdictName(report.verdict)},
            {"message", report.message},
            {"comparisons", report.comparisons},
            {"bits_differ", report.bitsDiffer},
            {"checks", report.checks},
            {"counters", report.counters},
            {"notes", report.notes},
            {"seconds", report.seconds}};
    if (!report.voidReason.empty())
        json["void"] = report.voidReason;
    if (!report.baseline.empty())
        json["baseline"] = report.baseline;
    if (report.fault)
        json["fault"] = *report.fault;
}

void from_json(const nlohmann::json& json, CaseReport& report)
{
    report.size = json.value("size", "");
    report.sizes = json.value("sizes", std::map<std::string, std::int64_t>{});
    report.seed = json.value("seed", std::uint64_t{0});
    report.distribution = json.value("distribution", "declared");
    report.allowedRatio = json.contains("allowed_ratio") ? realFromJson(json, "allowed_ratio") : 1;
    report.voidReason = json.value("void", "");
    report.baseline = json.value("baseline", std::vector<ComparisonReport>{});
    report.verdict = verdictFromName(json.value("verdict", "")).value_or(Verdict::Crashed);
    report.message = json.value("message", "");
    report.comparisons = json.value("comparisons", std::vector<ComparisonReport>{});
    report.bitsDiffer = json.value("bits_differ", false);
    report.checks = json.value("checks", std::vector<std::string>{});
    report.counters = json.value("counters", std::vector<LaunchCounters>{});
    report.notes = json.value("notes", std::vector<RunNote>{});
    report.seconds = json.value("seconds", 0.0);
    if (const auto fault = json.find("fault"); fault != json.end())
        report.fault = fault->get<Fault>();
}

void to_json(nlohmann::json& json, const TrivialReport& report)
{
    json = {{"name", report.name}, {"passes", report.passes}, {"wrong", report.wrong}, {"elements", report.elements}};
}

void from_json(const nlohmann::json& json, TrivialReport& report)
{
    report.name = json.value("name", "");
    report.passes = json.value("passes", false);
    report.wrong = json.value("wrong", std::uint64_t{0});
    report.elements = json.value("elements", std::uint64_t{0});
}

void to_json(nlohmann::json& json, const CaseAudit& audit)
{
    json = {{"baseline", audit.baseline}, {"trivial", audit.trivial}, {"sensitive", audit.sensitive}};
}

void from_json(const nlohmann::json& json, CaseAudit& audit)
{
    audit.baseline = json.value("baseline", CaseReport{});
    audit.trivial = json.value("trivial", std::vector<TrivialReport>{});
    audit.sensitive = json.value("sensitive", std::map<std::string, bool>{});
}

void to_json(nlohmann::json& json, const CardState& card)
{
    json = {{"clock_mhz", card.clockMhz},    {"memory_clock_mhz", card.memoryClockMhz},
            {"power_w", card.powerWatts},    {"temperature_c", card.temperature},
            {"throttling", card.throttling}, {"foreign_processes", card.foreign}};
}

void from_json(const nlohmann::json& json, CardState& card)
{
    card.clockMhz = json.value("clock_mhz", 0.0);
    card.memoryClockMhz = json.value("memory_clock_mhz", 0.0);
    card.powerWatts = json.value("power_w", 0.0);
    card.temperature = json.value("temperature_c", 0.0);
    card.throttling = json.value("throttling", std::vector<std::string>{});
    card.foreign = json.value("foreign_processes", std::vector<std::string>{});
}

void to_json(nlohmann::json& json, const TimingReport& report)
{
    auto rounds = nlohmann::json::array();
    for (const RoundReport& round : report.rounds) {
        rounds.push_back({{"before", round.before.count()},
                          {"after", round.after.count()},
                          {"candidates", timesToJson(round.candidates)},
                          {"again", timesToJson(round.again)},
                          {"disturbed", round.disturbed}});
    }
    json = {{"size", report.size},
            {"cold", report.cold},
            {"rounds", std::move(rounds)},
            {"card", report.card},
            {"copies", report.copies},
            {"launches", report.launches},
            {"outputs_checked", report.outputsChecked},
            {"outputs_wrong", report.outputsWrong},
            {"worst_error", realToJson(report.worstError)},
            {"notes", report.notes},
            {"device_seconds", report.deviceSeconds}};
    if (report.fault)
        json["fault"] = *report.fault;
    if (report.faultyCandidate)
        json["faulty_candidate"] = *report.faultyCandidate;
}

void from_json(const nlohmann::json& json, TimingReport& report)
{
    report.size = json.value("size", "");
    report.cold = json.value("cold", true);
    report.card = json.value("card", CardState{});
    report.copies = json.value("copies", 0);
    report.launches = json.value("launches", 1);
    report.outputsChecked = json.value("outputs_checked", std::uint64_t{0});
    report.outputsWrong = json.value("outputs_wrong", std::uint64_t{0});
    report.worstError = realFromJson(json, "worst_error");
    report.notes = json.value("notes", std::vector<std::string>{});
    report.deviceSeconds = json.value("device_seconds", 0.0);
    for (const auto& row : json.value("rounds", nlohmann::json::array())) {
        RoundReport round;
        round.before = Microseconds(row.value("before", 0.0));
        round.after = Microseconds(row.value("after", 0.0));
        round.disturbed = row.value("disturbed", false);
        round.candidates = timesFromJson(row, "candidates");
        round.again = timesFromJson(row, "again");
        report.rounds.push_back(std::move(round));
    }
    if (const auto fault = json.find("fault"); fault != json.end())
        report.fault = fault->get<Fault>();
    if (const auto index = json.find("faulty_candidate"); index != json.end())
        report.faultyCandidate = index->get<std::size_t>();
}

void to_json(nlohmann::json& json, const ModelReport& report)
{
    json = {{"size", report.size}, {"modelled", report.modelled}};
    if (report.fault)
        json["fault"] = *report.fault;
}

void from_json(const nlohmann::json& json, ModelReport& report)
{
    report.size = json.value("size", "");
    report.modelled = json.value("modelled", ModelledTime{});
    if (const auto fault = json.find("fault"); fault != json.end())
        report.fault = fault->get<Fault>();
}

}  // namespace warploom
