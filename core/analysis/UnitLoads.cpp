// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/UnitLoads.h"

#include <algorithm>
#include <cmath>

#include "analysis/rules/Stalls.h"

namespace warploom {

namespace {

// A clock and multiprocessor, for compute capabilities 7.0 to 9.0: CUDA programming guide, arithmetic throughput.
constexpr double kLanesOfWarp = 32;
constexpr double kIssueSlots = 4;
constexpr double kIntegerLanes = 64;
constexpr double kSpecialLanes = 16;
constexpr double kPasses = 1;
/// The port takes 64 bytes a clock, all of L2 together gives 16 (RTX 4090) to 47 (A100) a multiprocessor: 32 lies
/// between.
constexpr double kL2Sectors = 1;
constexpr double kSectorsOfPass = 4;

/// Per cent of peak of all launches, weighted by how long each takes; nothing where a launch lacks it.
std::optional<double> cardShare(const Observation& observation, const std::string& metric)
{
    double busy = 0;
    double time = 0;
    for (const ObservedLaunch& launch : observation.launches) {
        const auto percent = launch.metric(metric);
        if (!percent)
            return std::nullopt;
        const double duration = launch.metric("gpu__time_duration.sum").value_or(1);
        busy += *percent / 100 * duration;
        time += duration;
    }
    return time > 0 ? std::optional(busy / time) : std::nullopt;
}

const char* cardMetricOf(Unit unit)
{
    switch (unit) {
    case Unit::Dram:
        return "dram__throughput.avg.pct_of_peak_sustained_elapsed";
    case Unit::L2:
        return "lts__t_sectors.avg.pct_of_peak_sustained_elapsed";
    case Unit::L1:
        return "l1tex__data_pipe_lsu_wavefronts.avg.pct_of_peak_sustained_elapsed";
    case Unit::Issue:
        return "smsp__issue_active.avg.pct_of_peak_sustained_active";
    case Unit::Single:
        return "sm__inst_executed_pipe_fma.avg.pct_of_peak_sustained_active";
    case Unit::Double:
        return "sm__inst_executed_pipe_fp64.avg.pct_of_peak_sustained_active";
    case Unit::Integer:
        return "sm__inst_executed_pipe_alu.avg.pct_of_peak_sustained_active";
    case Unit::Special:
        return "sm__inst_executed_pipe_xu.avg.pct_of_peak_sustained_active";
    }
    return "";
}

double passesOf(double sectors, double requests) { return std::max(sectors / kSectorsOfPass, requests); }

double countedAmount(const LaunchCounters& counts, Unit unit)
{
    const auto of = [](std::uint64_t count) { return static_cast<double>(count); };
    switch (unit) {
    case Unit::L2:
        return of(counts.globalLoadSectors) + of(counts.globalStoreSectors) + of(counts.localSectors);
    case Unit::L1:
        return passesOf(of(counts.globalLoadSectors), of(counts.globalLoadRequests))
            + passesOf(of(counts.globalStoreSectors), of(counts.globalStoreRequests)) + of(counts.sharedWavefronts)
            + of(counts.localSectors) / kSectorsOfPass;
    case Unit::Issue:
        return of(counts.warpInstructions);
    case Unit::Single:
        return of(counts.singleInstructions);
    case Unit::Double:
        return of(counts.doubleInstructions);
    case Unit::Integer:
        return of(counts.integerInstructions);
    case Unit::Special:
        return of(counts.specialInstructions);
    case Unit::Dram:
        break;
    }
    return 0;
}

/// What the plan adds to the task's bytes: zeros are written, scratch is written and read where L2 is too small for it.
double planBytes(const Observation& observation)
{
    const auto scratch = static_cast<double>(observation.scratchBytes);
    const bool fitsL2 = observation.scratchBytes <= observation.facts.l2Size.value;
    return static_cast<double>(observation.zeroBytes) + (fitsL2 ? 0 : 2 * scratch);
}

double amountOf(const Observation& observation, Unit unit)
{
    if (unit == Unit::Dram) {
        const auto read = observation.sum("dram__bytes_read.sum");
        const auto written = observation.sum("dram__bytes_write.sum");
        if (read && written)
            return *read + *written;
        return observation.work.bytes() + planBytes(observation);
    }
    double amount = 0;
    for (const ObservedLaunch& launch : observation.launches) {
        if (launch.counts)
            amount += countedAmount(*launch.counts, unit);
        else if (unit == Unit::Issue)
            amount += launch.metric("smsp__inst_executed.sum").value_or(0);
    }
    return amount;
}

constexpr std::array kMemoryStates{"long_scoreboard", "short_scoreboard", "lg_throttle", "mio_throttle", "drain"};
/// Beyond these the counts are of something else: blocks that were sampled badly, a unit that does more than is
/// counted.
constexpr double kSmallestScale = 0.25;
constexpr double kLargestScale = 4;

bool isMemory(Unit unit) { return unit == Unit::Dram || unit == Unit::L2 || unit == Unit::L1; }

/// Of all launches, weighted by how long each takes; 0 where a launch's states are unknown.
double memoryStallsOf(const Observation& observation)
{
    double share = 0;
    for (const ObservedLaunch& launch : observation.launches)
        for (const char* state : kMemoryStates)
            share += observation.shareOf(launch) * stallShare(launch, state).value_or(0);
    return std::min(1.0, share);
}

double clipped(double share) { return std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0; }

}  // namespace

UnitLoads::UnitLoads(const Observation& observation)
    : m_facts(observation.facts)
    , m_clocks(observation.clocks())
{
    m_scales.fill(1);
    m_memoryStalls = memoryStallsOf(observation);
    m_isCounted = m_clocks > 0 && observation.sum("smsp__inst_executed.sum").value_or(0) > 0;
    for (std::size_t i = 0; i < kUnitCount; ++i) {
        const auto unit = static_cast<Unit>(i);
        const auto measured = cardShare(observation, cardMetricOf(unit));
        const double counted = share(unit, amountOf(observation, unit));
        m_loads[i] = clipped(measured.value_or(counted));
        if (measured && counted > 0)
            m_scales[i] = std::clamp(*measured / counted, kSmallestScale, kLargestScale);
    }
}

double UnitLoads::perClock(Unit unit) const
{
    const double allClocks = m_facts.clockMhz * 1e6 * m_facts.multiprocessors;
    switch (unit) {
    case Unit::Dram:
        return m_facts.dramBytesPerSecond / allClocks;
    case Unit::L2:
        return kL2Sectors;
    case Unit::L1:
        return kPasses;
    case Unit::Issue:
        return kIssueSlots;
    case Unit::Single:
        return m_facts.fp32FlopsPerSecond / 2 / allClocks / kLanesOfWarp;
    case Unit::Double:
        return m_facts.fp64FlopsPerSecond / 2 / allClocks / kLanesOfWarp;
    case Unit::Integer:
        return kIntegerLanes / kLanesOfWarp;
    case Unit::Special:
        return kSpecialLanes / kLanesOfWarp;
    }
    return 0;
}

Unit UnitLoads::busiest() const
{
    return static_cast<Unit>(std::max_element(m_loads.begin(), m_loads.end()) - m_loads.begin());
}

double UnitLoads::mostBut(Unit unit) const
{
    double most = 0;
    for (std::size_t i = 0; i < kUnitCount; ++i)
        if (static_cast<Unit>(i) != unit)
            most = std::max(most, m_loads.at(i));
    return most;
}

double UnitLoads::share(Unit unit, double amount) const
{
    const double rate = m_clocks > 0 ? perClock(unit) : 0;
    const double result = rate > 0 ? m_scales.at(static_cast<std::size_t>(unit)) * amount / (rate * m_clocks) : 0;
    return std::isfinite(result) && result > 0 ? result : 0;
}

Saving UnitLoads::without(std::initializer_list<Relief> reliefs) const
{
    auto left = m_loads;
    double high = 0;
    for (const Relief& relief : reliefs) {
        const double load = of(relief.unit);
        const double less = relief.share > 0 ? std::min(relief.share, load) : 0;
        high = std::max(high, less / std::max(load, kBusy));
        if (isMemory(relief.unit) && load > 0)
            high = std::max(high, m_memoryStalls * less / load);
        if (relief.isSure)
            left.at(static_cast<std::size_t>(relief.unit)) = load - less;
    }
    return {std::max(0.0, most() - *std::max_element(left.begin(), left.end())), high};
}

}  // namespace warploom
