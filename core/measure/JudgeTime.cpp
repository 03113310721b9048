// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <chrono>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/Statistics.h"
#include "measure/CandidateFault.h"
#include "measure/CardSensors.h"
#include "measure/JudgeSeries.h"

namespace warploom {

namespace {

using SeriesClock = std::chrono::steady_clock;

/// Bytes that make large or no numbers of every floating type, whichever way they are read.
constexpr std::array<std::uint8_t, 6> kTimingPoisons{0x7B, 0x7D, 0x7F, 0xFB, 0xFD, 0xFF};
/// Rounds that are played whatever they take: fewer say nothing.
constexpr int kLeastRounds = 2;
constexpr double kCheckChance = 1.0 / 8;

void poisonWith(std::vector<DeviceStep>& steps, std::uint8_t value)
{
    for (DeviceStep& step : steps) {
        if (auto* zero = std::get_if<ZeroStep>(&step))
            zero->value = value;
    }
}

}  // namespace

Result<> Judge::Series::blame(const Error& error, std::optional<std::size_t> index)
{
    auto fault = isLostRunner(error) && !blamesLosses ? std::nullopt : faultOfCandidate(error);
    if (!fault)
        return fail(error);
    end(std::move(*fault), index);
    return {};
}

void Judge::Series::blameForSpoiltInputs()
{
    if (report.faultyCandidate || members.size() != 2 || members.back().timed == 0)
        return;
    Fault fault;
    fault.verdict = Verdict::Wrong;
    fault.message = "changed its inputs while it was timed";
    if (report.fault)
        fault.message += fmt::format(", on which its opponent failed: {}", report.fault->message);
    end(std::move(fault), members.back().index);
}

void Judge::Series::end(Fault fault, std::optional<std::size_t> index)
{
    report.fault = std::move(fault);
    report.faultyCandidate = index;
}

void Judge::Series::note(std::string text)
{
    if (std::find(report.notes.begin(), report.notes.end(), text) == report.notes.end())
        report.notes.push_back(std::move(text));
}

Result<std::vector<DeviceStep>> Judge::preparation(VerifyCase& verifyCase, std::vector<JudgeBuffer>& scratches)
{
    std::vector<DeviceStep> steps;
    for (VerifyCase::Io& io : verifyCase.buffers()) {
        WARPLOOM_TRY(const DeviceAddress address, io.data.addressOn(m_host));
        if (io.buffer->role == BufferRole::Out)
            steps.emplace_back(ZeroStep{address, io.data.size(), kTimingPoisons[0]});
        if (io.pristine) {
            WARPLOOM_TRY(const DeviceAddress pristine, io.pristine->addressOn(m_host));
            steps.emplace_back(CopyStep{address, pristine, io.data.size()});
        }
    }
    for (JudgeBuffer& scratch : scratches) {
        WARPLOOM_TRY(const DeviceAddress address, scratch.addressOn(m_host));
        steps.emplace_back(ZeroStep{address, scratch.size(), kTimingPoisons[0]});
    }
    return steps;
}

Result<Judge::Member> Judge::member(const CandidateSpec& spec, VerifyCase& verifyCase, const TimingOrder& order,
                                    const Kept& kept)
{
    Member result;
    WARPLOOM_TRY(Bound ready, bound(spec, verifyCase, kept));
    result.candidate = ready.candidate;
    result.request.reset = {ready.candidate->module()};
    result.request.timed = std::move(ready.steps);
    WARPLOOM_TRY(result.request.prepare, preparation(verifyCase, result.candidate->scratches()));
    result.request.cold = order.cold;
    result.request.deadline = order.deadline;
    return result;
}

Result<> Judge::gather(Series& series)
{
    Kept kept;
    const std::uint64_t generation = m_host.generation();
    const auto add = [&](const CandidateSpec& spec, std::optional<std::size_t> index) -> Result<> {
        auto added = member(spec, series.verifyCase, series.order, kept);
        if (!added)
            return series.blame(added.error(), index);
        added->index = index;
        kept.push_back(added->candidate);
        series.members.push_back(std::move(*added));
        return {};
    };
    WARPLOOM_CHECK(add(series.order.incumbent, std::nullopt));
    for (std::size_t i = 0; i < series.order.candidates.size() && !series.report.fault; ++i)
        WARPLOOM_CHECK(add(series.order.candidates[i], i));
    if (m_host.generation() != generation && !series.report.fault)
        return fail(ErrorCode::ProcessFailed, "the runner was replaced while candidates were loaded");
    return {};
}

Result<TimingOutcome> Judge::timeLaunch(Series& series, Member& member)
{
    const std::uint8_t poison = kTimingPoisons[series.random.below(kTimingPoisons.size())];
    if (member.copies.empty()) {
        poisonWith(member.request.prepare, poison);
        return m_host.time(member.request);
    }
    TimingRequest batch;
    batch.reset = member.request.reset;
    batch.cold = member.request.cold;
    batch.deadline = member.request.deadline;
    batch.plans = static_cast<int>(member.copies.size());
    // In an order that no plan can know.
    std::vector<const CopyPlan*> turns;
    for (CopyPlan& copy : member.copies) {
        poisonWith(copy.prepare, poison);
        turns.push_back(&copy);
    }
    series.random.shuffle(turns);
    for (const CopyPlan* copy : turns) {
        batch.prepare.insert(batch.prepare.end(), copy->prepare.begin(), copy->prepare.end());
        batch.timed.insert(batch.timed.end(), copy->timed.begin(), copy->timed.end());
    }
    return m_host.time(batch);
}

/// Of no meaning when the series has ended by it.
Result<Microseconds> Judge::timeMember(Series& series, Member& member, bool mustCheck)
{
    std::vector<double> times;
    const int launches = std::max(member.launches, 1);
    for (int i = 0; i < launches; ++i) {
        auto outcome = timeLaunch(series, member);
        if (!outcome) {
            WARPLOOM_CHECK(series.blame(outcome.error(), member.index));
            return Microseconds{};
        }
        if (outcome->fault) {
            series.end(std::move(*outcome->fault), member.index);
            return Microseconds{};
        }
        if (!outcome->notBatched.empty())
            return fail(ErrorCode::DeviceFailed, "a batch was refused in mid-series: " + outcome->notBatched);
        ++member.timed;
        member.ungated += outcome->gated ? 0 : 1;
        times.push_back(outcome->time.count());
        const bool isChosen = (mustCheck && i + 1 == launches) || series.random.chance(kCheckChance);
        if (member.index && isChosen)
            WARPLOOM_CHECK(checkOutputs(series, member));
        if (series.report.fault)
            return Microseconds{};
    }
    return Microseconds{median(times)};
}

Result<> Judge::playRound(Series& series, bool isLast)
{
    TimingReport& report = series.report;
    std::vector<Member>& members = series.members;
    if (!series.reading)
        series.reading = m_sensors();
    RoundReport round;
    round.candidates.resize(members.size() - 1);
    round.again.resize(members.size() - 1);
    std::vector<std::size_t> turns(members.size() - 1);
    std::iota(turns.begin(), turns.end(), std::size_t{0});
    series.random.shuffle(turns);
    WARPLOOM_TRY(round.before, timeMember(series, members.front(), false));
    for (auto turn = turns.begin(); turn != turns.end() && !report.fault; ++turn) {
        WARPLOOM_TRY(round.candidates[*turn], timeMember(series, members[*turn + 1], false));
    }
    for (auto turn = turns.rbegin(); turn != turns.rend() && !report.fault; ++turn) {
        WARPLOOM_TRY(round.again[*turn], timeMember(series, members[*turn + 1], isLast));
    }
    if (!report.fault) {
        WARPLOOM_TRY(round.after, timeMember(series, members.front(), false));
    }
    if (report.fault)
        return {};
    SensorReading after = m_sensors();
    round.disturbed = isDisturbed(*series.reading, after);
    series.reading = std::move(after);
    report.rounds.push_back(std::move(round));
    return {};
}

Result<> Judge::timeOnce(Series& series, const std::function<bool(int)>& progress)
{
    WARPLOOM_CHECK(gather(series));
    if (!series.report.fault)
        WARPLOOM_CHECK(chooseMode(series));
    const auto isInTime = [&series] { return SeriesClock::now() - series.begin <= series.order.budget; };
    for (int round = 0; round < series.order.rounds && !series.report.fault; ++round) {
        if (round >= kLeastRounds && !isInTime())
            break;
        WARPLOOM_CHECK(playRound(series, round + 1 == series.order.rounds));
        if (!series.report.fault && !progress(round + 1))
            break;
    }
    if (!series.report.fault)
        WARPLOOM_CHECK(checkInputs(series));
    if (series.reading) {
        series.report.card = cardStateOf(*series.reading);
        const auto& others = series.report.card.foreign;
        if (!others.empty())
            series.note(fmt::format("{} other process{} used the card meanwhile: {}", others.size(),
                                    others.size() == 1 ? "" : "es", fmt::join(others, ", ")));
    }
    for (const Member& member : series.members) {
        if (member.ungated == 0)
            continue;
        const std::string who = member.index ? fmt::format("candidate {}", *member.index + 1) : "the opponent";
        series.note(
            fmt::format("not gated: {} of {} times of {} may hold launch jitter", member.ungated, member.timed, who));
    }
    return {};
}

Result<TimingReport> Judge::time(const TimingOrder& order, const std::function<bool(int)>& progress)
{
    if (order.candidates.size() > kMostCandidatesInRounds)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("more than {} candidates in one series", kMostCandidatesInRounds));
    WARPLOOM_TRY(const TaskSize* size, sizeNamed(order.size));
    WARPLOOM_TRY(VerifyCase * verifyCase, caseFor({*size, order.dataSeed, Distribution::Declared, {}}));
    const auto attempt = [&](bool blamesLosses) -> Result<TimingReport> {
        Series series{order, *verifyCase, blamesLosses, {}, {}};
        WARPLOOM_CHECK(timeOnce(series, progress));
        if (series.report.fault) {
            WARPLOOM_TRY(const bool intact, isIntact(*verifyCase));
            if (!intact)
                series.blameForSpoiltInputs();
            m_copies.clear();
            WARPLOOM_CHECK(mendCases());
        }
        series.report.size = order.size;
        series.report.cold = order.cold;
        series.report.deviceSeconds = Seconds(SeriesClock::now() - series.begin).count();
        return std::move(series.report);
    };
    auto report = attempt(false);
    if (report || !isLostRunner(report.error()))
        return report;
    WARPLOOM_CHECK(mendCases());
    WARPLOOM_TRY(verifyCase, caseFor({*size, order.dataSeed, Distribution::Declared, {}}));
    return attempt(true);
}

}  // namespace warploom
