// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "measure/JudgeSeries.h"

// Plans too short for two events: a batch plays the same plan on copies of the buffers. Every copy is played once after
// an eviction, so each plan is as cold as the first, meets restored buffers, and has inputs of its own: what one plan
// could leave to the next in shared memory is of no use there.

namespace warploom {

namespace {

/// Below this an event's resolution of half a microsecond is over a percent of the time.
constexpr Microseconds kBatchedBelow{50};
/// A plan much slower than the other would make batches of it dear, and beside it nobody needs precision.
constexpr Microseconds kSlowestBatched{2000};
/// A naive baseline is not run over and over for the sake of a fast variant: its time scatters little.
constexpr double kFarSlower = 4;
/// Half a microsecond is half a percent of 100; some more, because the first launch was slower than most.
constexpr Microseconds kBatchTime{130};
constexpr int kFewestCopies = 3;
constexpr int kMostCopies = 64;
constexpr std::uint64_t kFirstCopySeed = 1001;
/// Of the card's memory, for all copies.
constexpr std::uint64_t kMemoryShare = 4;

int copiesWanted(Microseconds fastest, Microseconds slowest)
{
    if (fastest >= kBatchedBelow || slowest >= kSlowestBatched || !(fastest.count() > 0))
        return 0;
    const double count = std::ceil(kBatchTime.count() / fastest.count());
    return static_cast<int>(std::clamp<double>(count, kFewestCopies, kMostCopies));
}

/// Short times scatter more, and cost less to repeat.
int launchesWanted(Microseconds fastest)
{
    return fastest < Microseconds(200) ? 5 : fastest < Microseconds(1000) ? 3 : 1;
}

}  // namespace

Result<> Judge::chooseMode(Series& series)
{
    TimingReport& report = series.report;
    report.launches = 1;
    for (Member& member : series.members) {
        WARPLOOM_TRY(member.probed, timeMember(series, member, true));
        if (report.fault)
            return {};
    }
    const auto [fastest, slowest] =
        std::minmax_element(series.members.begin(), series.members.end(),
                            [](const Member& a, const Member& b) { return a.probed < b.probed; });
    const Microseconds shortest = fastest->probed;
    const int copies = std::min(series.order.copies.value_or(copiesWanted(shortest, slowest->probed)), kMostCopies);
    if (copies > 1) {
        WARPLOOM_TRY(const std::string hindrance, prepareBatches(series, copies));
        if (report.fault)
            return {};
        if (!hindrance.empty()) {
            series.note("timed launch by launch, not in a batch: " + hindrance);
            for (Member& member : series.members)
                member.copies.clear();
        }
        report.copies = hindrance.empty() ? copies : 0;
    }
    report.launches = series.order.launches.value_or(report.copies > 0 ? 1 : launchesWanted(shortest));
    for (Member& member : series.members)
        member.launches = member.probed > kFarSlower * shortest
            ? std::min(report.launches, launchesWanted(member.probed))
            : report.launches;
    return {};
}

Result<std::string> Judge::prepareBatches(Series& series, int copies)
{
    WARPLOOM_TRY(std::string hindrance, copiesFor(series, copies));
    for (Member& member : series.members) {
        if (!hindrance.empty())
            return hindrance;
        if (const auto bound = bindCopies(member, static_cast<std::size_t>(copies)); !bound) {
            if (bound.error().code != ErrorCode::OutOfMemory)
                return fail(bound.error());
            return "its scratch buffers do not fit often enough";
        }
        // The first batch loads code and shows whether the plan goes into a graph at all.
        auto outcome = timeLaunch(series, member);
        if (!outcome) {
            WARPLOOM_CHECK(series.blame(outcome.error(), member.index));
            return hindrance;
        }
        if (outcome->fault) {
            series.end(std::move(*outcome->fault), member.index);
            return hindrance;
        }
        hindrance = std::move(outcome->notBatched);
        if (hindrance.empty() && member.index)
            WARPLOOM_CHECK(checkOutputs(series, member));
        if (series.report.fault)
            return hindrance;
    }
    return hindrance;
}

Result<std::string> Judge::copiesFor(Series& series, int copies)
{
    const TaskSize& size = series.verifyCase.size();
    const auto wanted = static_cast<std::size_t>(copies);
    const std::uint64_t bytes = series.verifyCase.footprint().value * wanted;
    if (bytes > m_device.facts().memorySize.value / kMemoryShare)
        return fmt::format("{} copies of its buffers are {} MiB", copies, bytes >> 20);
    if (!m_copies.empty()
        && (m_copies.front()->size().name != size.name
            || m_copies.front()->seed() != series.order.dataSeed + kFirstCopySeed))
        m_copies.clear();
    WARPLOOM_TRY(JudgeKernels * judgeKernels, kernels());
    while (m_copies.size() < wanted) {
        auto copy = VerifyCase::prepare(
            m_device, *judgeKernels, *m_task, *m_reference,
            {size, series.order.dataSeed + kFirstCopySeed + m_copies.size(), Distribution::Declared, {}});
        if (!copy && copy.error().code == ErrorCode::OutOfMemory) {
            m_copies.clear();
            return fmt::format("there is no memory for {} copies of its buffers", copies);
        }
        if (!copy)
            return fail(std::move(copy).error());
        m_copies.push_back(std::move(*copy));
    }
    return std::string();
}

Result<> Judge::bindCopies(Member& member, std::size_t copies)
{
    for (std::size_t i = 0; i < copies; ++i) {
        CopyPlan plan;
        WARPLOOM_TRY(plan.timed, member.candidate->bindBeside(*m_task, *m_copies[i], plan.scratches));
        WARPLOOM_TRY(plan.prepare, preparation(*m_copies[i], plan.scratches));
        member.copies.push_back(std::move(plan));
    }
    return {};
}

}  // namespace warploom
