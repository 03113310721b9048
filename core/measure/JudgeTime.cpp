// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <chrono>
#include <numeric>

#include <fmt/format.h>

#include "base/Random.h"
#include "base/Statistics.h"
#include "measure/Judge.h"

namespace warploom {

namespace {

constexpr std::uint8_t kTimingPoison = 0x7B;

}  // namespace

/// One participant of the rounds with its steps bound.
struct Judge::Member {
    LoadedCandidate* candidate = nullptr;
    TimingRequest request;
};

Result<Judge::Member> Judge::member(const CandidateSpec& spec, VerifyCase& verifyCase, const TimingOrder& order)
{
    Member result;
    WARPLOOM_TRY(result.candidate, loaded(spec));
    WARPLOOM_TRY(result.request.timed, result.candidate->bind(*m_task, verifyCase));
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

Result<Microseconds> Judge::timeMember(const Member& member, int launches, std::optional<Fault>& fault)
{
    std::vector<double> times;
    for (int i = 0; i < launches; ++i) {
        WARPLOOM_CHECK(m_host.resetGlobals(member.candidate->module()));
        WARPLOOM_TRY(TimingOutcome outcome, m_host.time(member.request));
        if (outcome.fault) {
            fault = std::move(outcome.fault);
            return Microseconds{};
        }
        times.push_back(outcome.time.count());
    }
    return Microseconds{median(times)};
}

Result<TimingReport> Judge::time(const TimingOrder& order, const std::function<bool(int)>& progress)
{
    const auto begin = std::chrono::steady_clock::now();
    if (order.candidates.size() > kMostCandidatesInRounds)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("more than {} candidates in one series", kMostCandidatesInRounds));
    WARPLOOM_TRY(const TaskSize* size, sizeNamed(order.size));
    WARPLOOM_TRY(VerifyCase * verifyCase, caseFor(*size, 1));
    TimingReport report;
    report.size = order.size;
    report.cold = order.cold;
    WARPLOOM_TRY(const Member incumbent, member(order.incumbent, *verifyCase, order));
    std::vector<Member> members;
    for (const CandidateSpec& candidate : order.candidates) {
        WARPLOOM_TRY(Member added, member(candidate, *verifyCase, order));
        members.push_back(std::move(added));
    }
    RandomStream random(order.seed);
    std::vector<std::size_t> turns(members.size());
    std::iota(turns.begin(), turns.end(), std::size_t{0});
    std::optional<Fault> fault;
    std::optional<std::size_t> faulty;
    for (int round = 0; round < order.rounds && !fault; ++round) {
        const SensorReading before = m_sensors();
        RoundReport times;
        times.candidates.resize(members.size());
        WARPLOOM_TRY(times.before, timeMember(incumbent, order.launches, fault));
        random.shuffle(turns);
        for (const std::size_t turn : turns) {
            if (fault)
                break;
            WARPLOOM_TRY(times.candidates[turn], timeMember(members[turn], order.launches, fault));
            if (fault)
                faulty = turn;
        }
        if (!fault) {
            WARPLOOM_TRY(times.after, timeMember(incumbent, order.launches, fault));
        }
        if (fault)
            break;
        const SensorReading after = m_sensors();
        times.disturbed = before.throttleReasons != after.throttleReasons;
        report.clockMhz = after.clockMhz;
        report.temperature = after.temperature;
        if (after.foreignProcesses > 0 && report.notes.empty())
            report.notes.push_back(fmt::format("{} other processes use the card", after.foreignProcesses));
        report.rounds.push_back(std::move(times));
        if (!progress(round + 1))
            break;
    }
    report.fault = std::move(fault);
    report.faultyCandidate = faulty;
    report.deviceSeconds = Seconds(std::chrono::steady_clock::now() - begin).count();
    return report;
}

}  // namespace warploom
