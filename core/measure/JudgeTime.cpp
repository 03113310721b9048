// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <chrono>
#include <numeric>

#include <fmt/format.h>

#include "base/Random.h"
#include "base/Statistics.h"
#include "measure/CandidateFault.h"
#include "measure/Judge.h"

namespace warploom {

namespace {

constexpr std::uint8_t kTimingPoison = 0x7B;

}  // namespace

/// One participant of the rounds with its steps bound.
struct Judge::Member {
    std::optional<std::size_t> index;  ///< among the candidates; none for the incumbent
    LoadedCandidate* candidate = nullptr;
    TimingRequest request;
    int timed = 0;
    int ungated = 0;
};

/// One series of rounds. It has ended early once its report holds a fault.
struct Judge::Series {
    const TimingOrder& order;
    VerifyCase& verifyCase;
    bool blamesLosses = false;  ///< a runner that is gone is taken for the doing of the member that finds it so
    TimingReport report;
    std::vector<Member> members;  ///< the incumbent first
    RandomStream random{order.seed};

    /// Ends the series with the member's fault; an error that is not the member's is returned.
    Result<> blame(const Error& error, std::optional<std::size_t> index)
    {
        auto fault = isLostRunner(error) && !blamesLosses ? std::nullopt : faultOfCandidate(error);
        if (!fault)
            return fail(error);
        end(std::move(*fault), index);
        return {};
    }
    /// An opponent that fails on inputs which the only candidate has had in its hands is not the one to blame.
    void blameForSpoiltInputs()
    {
        if (report.faultyCandidate || members.size() != 2 || members.back().timed == 0)
            return;
        Fault fault;
        fault.verdict = Verdict::Wrong;
        fault.message = fmt::format("changed its inputs while it was timed, on which its opponent failed: {}",
                                    report.fault->message);
        end(std::move(fault), members.back().index);
    }
    void end(Fault fault, std::optional<std::size_t> index)
    {
        report.fault = std::move(fault);
        report.faultyCandidate = index;
    }
};

Result<Judge::Member> Judge::member(const CandidateSpec& spec, VerifyCase& verifyCase, const TimingOrder& order,
                                    const Kept& kept)
{
    Member result;
    WARPLOOM_TRY(Bound ready, bound(spec, verifyCase, kept));
    result.candidate = ready.candidate;
    result.request.timed = std::move(ready.steps);
    for (VerifyCase::Io& io : verifyCase.buffers()) {
        WARPLOOM_TRY(const DeviceAddress address, io.data.addressOn(m_host));
        if (io.buffer->role == BufferRole::Out)
            result.request.prepare.emplace_back(ZeroStep{address, io.data.size(), kTimingPoison});
        if (io.pristine) {
            WARPLOOM_TRY(const DeviceAddress pristine, io.pristine->addressOn(m_host));
            result.request.prepare.emplace_back(CopyStep{address, pristine, io.data.size()});
        }
    }
    for (JudgeBuffer& scratch : result.candidate->scratches()) {
        WARPLOOM_TRY(const DeviceAddress address, scratch.addressOn(m_host));
        result.request.prepare.emplace_back(ZeroStep{address, scratch.size(), kTimingPoison});
    }
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

/// Of no meaning when the series has ended by it.
Result<Microseconds> Judge::timeMember(Series& series, Member& member)
{
    std::vector<double> times;
    for (int i = 0; i < series.order.launches; ++i) {
        auto outcome = [&]() -> Result<TimingOutcome> {
            WARPLOOM_CHECK(m_host.resetGlobals(member.candidate->module()));
            return m_host.time(member.request);
        }();
        if (!outcome) {
            WARPLOOM_CHECK(series.blame(outcome.error(), member.index));
            return Microseconds{};
        }
        if (outcome->fault) {
            series.end(std::move(*outcome->fault), member.index);
            return Microseconds{};
        }
        ++member.timed;
        member.ungated += outcome->gated ? 0 : 1;
        times.push_back(outcome->time.count());
    }
    return Microseconds{median(times)};
}

Result<> Judge::playRound(Series& series)
{
    TimingReport& report = series.report;
    std::vector<Member>& members = series.members;
    const SensorReading before = m_sensors();
    RoundReport round;
    round.candidates.resize(members.size() - 1);
    std::vector<std::size_t> turns(members.size() - 1);
    std::iota(turns.begin(), turns.end(), std::size_t{0});
    series.random.shuffle(turns);
    WARPLOOM_TRY(round.before, timeMember(series, members.front()));
    for (std::size_t i = 0; i < turns.size() && !report.fault; ++i) {
        WARPLOOM_TRY(round.candidates[turns[i]], timeMember(series, members[turns[i] + 1]));
    }
    if (!report.fault) {
        WARPLOOM_TRY(round.after, timeMember(series, members.front()));
    }
    if (report.fault)
        return {};
    const SensorReading after = m_sensors();
    round.disturbed = before.throttleReasons != after.throttleReasons;
    report.clockMhz = after.clockMhz;
    report.temperature = after.temperature;
    const std::string note = fmt::format("{} other processes use the card", after.foreignProcesses);
    if (after.foreignProcesses > 0 && std::find(report.notes.begin(), report.notes.end(), note) == report.notes.end())
        report.notes.push_back(note);
    report.rounds.push_back(std::move(round));
    return {};
}

Result<> Judge::timeOnce(Series& series, const std::function<bool(int)>& progress)
{
    WARPLOOM_CHECK(gather(series));
    for (int round = 0; round < series.order.rounds && !series.report.fault; ++round) {
        WARPLOOM_CHECK(playRound(series));
        if (!series.report.fault && !progress(round + 1))
            break;
    }
    for (const Member& member : series.members) {
        if (member.ungated == 0)
            continue;
        const std::string who = member.index ? fmt::format("candidate {}", *member.index + 1) : "the opponent";
        series.report.notes.push_back(
            fmt::format("not gated: {} of {} times of {} may hold launch jitter", member.ungated, member.timed, who));
    }
    return {};
}

Result<TimingReport> Judge::time(const TimingOrder& order, const std::function<bool(int)>& progress)
{
    const auto begin = std::chrono::steady_clock::now();
    if (order.candidates.size() > kMostCandidatesInRounds)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("more than {} candidates in one series", kMostCandidatesInRounds));
    WARPLOOM_TRY(const TaskSize* size, sizeNamed(order.size));
    WARPLOOM_TRY(VerifyCase * verifyCase, caseFor(*size, 1));
    const auto attempt = [&](bool blamesLosses) -> Result<TimingReport> {
        Series series{order, *verifyCase, blamesLosses, {}, {}};
        WARPLOOM_CHECK(timeOnce(series, progress));
        if (series.report.fault) {
            WARPLOOM_TRY(const bool intact, isIntact(*verifyCase));
            if (!intact)
                series.blameForSpoiltInputs();
            WARPLOOM_CHECK(mendCases());
        }
        series.report.size = order.size;
        series.report.cold = order.cold;
        series.report.deviceSeconds = Seconds(std::chrono::steady_clock::now() - begin).count();
        return std::move(series.report);
    };
    auto report = attempt(false);
    if (report || !isLostRunner(report.error()))
        return report;
    WARPLOOM_CHECK(mendCases());
    WARPLOOM_TRY(verifyCase, caseFor(*size, 1));
    return attempt(true);
}

}  // namespace warploom
