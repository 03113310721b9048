// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/Diagnosis.h"

#include <algorithm>
#include <array>
#include <utility>

#include "analysis/Occupancy.h"

namespace warploom {

namespace {

constexpr std::array<std::pair<Bottleneck, std::string_view>, 11> kNames{{
    {Bottleneck::MemoryBandwidth, "memory-bandwidth"},
    {Bottleneck::Uncoalesced, "uncoalesced"},
    {Bottleneck::BankConflicts, "bank-conflicts"},
    {Bottleneck::Spills, "spills"},
    {Bottleneck::Atomics, "atomics"},
    {Bottleneck::Divergence, "divergence"},
    {Bottleneck::Compute, "compute"},
    {Bottleneck::TooFewBlocks, "too-few-blocks"},
    {Bottleneck::Latency, "latency"},
    {Bottleneck::LaunchBound, "launch-bound"},
    {Bottleneck::Unknown, "unknown"},
}};

// Rough throughputs a clock and multiprocessor of recent data-centre parts; they rank causes, they predict nothing.
constexpr double kSchedulers = 4;  // warp instructions
constexpr double kSectorsPerClock = 1;  // 32-byte sectors between L1 and L2
constexpr double kAtomicsPerClock = 1;  // lanes
constexpr double kLaunchMicroseconds = 2.5;  // least time of one launch on a stream
constexpr double kBusy = 0.6;  // from here on a resource counts as the limit
constexpr double kWorthCuring = 0.25;  // waste from here on is named before honest limits
constexpr double kWorthSaying = 0.1;
constexpr double kWidestCoalesced = 16;  // sectors of a request whose lanes read 16 neighbouring bytes each
constexpr double kNarrowCoalesced = 4;  // and of one with 4 bytes each

/// Sums over all launches.
struct Totals {
    double warpInstructions = 0;
    double threadInstructions = 0;
    double loadRequests = 0;
    double loadSectors = 0;
    double storeRequests = 0;
    double storeSectors = 0;
    double atomics = 0;
    double sharedWavefronts = 0;
    double bankConflicts = 0;
    double localSectors = 0;
    double flops = 0;
};

Totals totalsOf(const std::vector<LaunchCounters>& counters)
{
    Totals totals;
    const auto add = [](double& sum, std::uint64_t count) { sum += static_cast<double>(count); };
    for (const LaunchCounters& launch : counters) {
        add(totals.warpInstructions, launch.warpInstructions);
        add(totals.threadInstructions, launch.threadInstructions);
        add(totals.loadRequests, launch.globalLoadRequests);
        add(totals.loadSectors, launch.globalLoadSectors);
        add(totals.storeRequests, launch.globalStoreRequests);
        add(totals.storeSectors, launch.globalStoreSectors);
        add(totals.atomics, launch.globalAtomics);
        add(totals.sharedWavefronts, launch.sharedWavefronts);
        add(totals.bankConflicts, launch.sharedBankConflicts);
        add(totals.localSectors, launch.localSectors);
        add(totals.flops, launch.flops32 + launch.flops64);
    }
    return totals;
}

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

/// Sectors beyond what the same requests would need with neighbouring lanes. A request may be wide (16 bytes a lane) or
/// narrow; it is taken for wide unless much more than the task's own bytes is moved.
double excessSectors(double requests, double sectors, double neededBytes)
{
    const bool movesTooMuch = neededBytes > 0 && sectors * 32 > 1.8 * neededBytes;
    const double ideal = requests * (movesTooMuch ? kNarrowCoalesced : kWidestCoalesced);
    return sectors > 1.2 * ideal ? sectors - ideal : 0;
}

class Diagnostician {
public:
    explicit Diagnostician(const Observation& observation)
        : m_observation(observation)
        , m_totals(totalsOf(observation.counters))
        , m_clocks(observation.time.count() * observation.facts.clockMhz * observation.facts.multiprocessors)
    {
    }

    Diagnosis diagnose();

private:
    [[nodiscard]] bool counted() const { return !m_observation.counters.empty() && m_clocks > 0; }
    void add(Bottleneck bottleneck, double share, std::map<std::string, double> numbers);
    void addRoofline();
    void addLaunches();
    void addWaste();
    void addIssue();
    void addOccupancy();
    void addSlack();
    void choosePrimary();
    [[nodiscard]] const Finding* strongest(std::initializer_list<Bottleneck> among, double atLeast) const;

    const Observation& m_observation;
    Totals m_totals;
    double m_clocks;  ///< of all multiprocessors over the whole time
    Diagnosis m_result;
};

void Diagnostician::add(Bottleneck bottleneck, double share, std::map<std::string, double> numbers)
{
    if (share < kWorthSaying)
        return;
    share = std::min(1.0, share);
    for (Finding& known : m_result.findings) {
        if (known.bottleneck != bottleneck)
            continue;
        known.share = std::max(known.share, share);
        known.numbers.merge(numbers);
        return;
    }
    m_result.findings.push_back({bottleneck, share, std::move(numbers)});
}

void Diagnostician::addRoofline()
{
    const auto bound = roofline(m_observation.work, m_observation.facts, m_observation.unit);
    if (!bound)
        return;
    const Microseconds time = m_observation.time;
    m_result.shareOfPeak = bound->shareOfPeak(time);
    add(Bottleneck::MemoryBandwidth, bound->memoryTime / time,
        {{"dram_bytes_per_second", bound->achievedBytesPerSecond(time)},
         {"peak_dram_bytes_per_second", m_observation.facts.dramBytesPerSecond}});
    add(Bottleneck::Compute, bound->computeTime / time,
        {{"flops_per_second", bound->achievedFlopsPerSecond(time)},
         {"peak_flops_per_second", peakOf(m_observation.facts, m_observation.unit)}});
}

void Diagnostician::addLaunches()
{
    const auto& launches = m_observation.launches;
    if (launches.empty())
        return;
    const double count = static_cast<double>(launches.size());
    add(Bottleneck::LaunchBound, count * kLaunchMicroseconds / m_observation.time.count(), {{"launches", count}});
    const double multiprocessors = m_observation.facts.multiprocessors;
    double blocks = 0;
    for (const LaunchShape& launch : launches)
        blocks = std::max(blocks, static_cast<double>(launch.blocks));
    if (blocks < multiprocessors)
        add(Bottleneck::TooFewBlocks, 1 - blocks / multiprocessors,
            {{"blocks", blocks}, {"multiprocessors", multiprocessors}});
}

void Diagnostician::addWaste()
{
    const Totals& t = m_totals;
    const double excess = excessSectors(t.loadRequests, t.loadSectors, m_observation.work.readBytes)
        + excessSectors(t.storeRequests, t.storeSectors, m_observation.work.writeBytes);
    add(Bottleneck::Uncoalesced, excess / (m_clocks * kSectorsPerClock),
        {{"sectors_per_load_request", ratio(t.loadSectors, t.loadRequests)},
         {"sectors_per_store_request", ratio(t.storeSectors, t.storeRequests)},
         {"excess_sectors", excess}});
    add(Bottleneck::BankConflicts, t.bankConflicts / m_clocks,
        {{"bank_conflicts", t.bankConflicts},
         {"conflict_share_of_wavefronts", ratio(t.bankConflicts, t.sharedWavefronts)}});
    add(Bottleneck::Atomics, t.atomics / (m_clocks * kAtomicsPerClock), {{"global_atomics", t.atomics}});
    double spilt = 0;
    for (const KernelResources& kernel : m_observation.resources)
        spilt += kernel.spillStoreBytes + kernel.spillLoadBytes;
    add(Bottleneck::Spills, t.localSectors / (m_clocks * kSectorsPerClock),
        {{"local_sectors", t.localSectors}, {"spill_bytes_per_thread", spilt}});
}

void Diagnostician::addIssue()
{
    const Totals& t = m_totals;
    const double issue = t.warpInstructions / (m_clocks * kSchedulers);
    const double idleLanes = t.warpInstructions > 0 ? 1 - t.threadInstructions / (32 * t.warpInstructions) : 0;
    add(Bottleneck::Divergence, issue * idleLanes, {{"idle_lanes_share", idleLanes}});
    add(Bottleneck::Compute, issue, {{"issue_slots_busy", issue}, {"warp_instructions", t.warpInstructions}});
}

void Diagnostician::addOccupancy()
{
    const auto& launches = m_observation.launches;
    const auto widest = std::max_element(launches.begin(), launches.end(),
                                         [](const auto& a, const auto& b) { return a.blocks < b.blocks; });
    if (widest == launches.end() || widest->threadsPerBlock == 0)
        return;
    BlockNeeds needs{widest->threadsPerBlock, 0, widest->dynamicShared};
    for (const KernelResources& kernel : m_observation.resources) {
        if (kernel.loweredName != widest->kernel && kernel.name != widest->kernel)
            continue;
        needs.registersPerThread = kernel.registers;
        needs.shared += Bytes{kernel.sharedBytes};
    }
    const Occupancy result = occupancy(needs, m_observation.facts);
    m_result.occupancy = result.fraction;
    m_result.occupancyLimiter = result.limiter;
}

/// What no busy resource explains is waiting.
void Diagnostician::addSlack()
{
    double explained = 0;
    for (const Finding& finding : m_result.findings)
        explained = std::max(explained, finding.share);
    add(counted() ? Bottleneck::Latency : Bottleneck::Unknown, 1 - explained,
        {{"occupancy", m_result.occupancy}, {"explained_share", explained}});
}

const Finding* Diagnostician::strongest(std::initializer_list<Bottleneck> among, double atLeast) const
{
    const Finding* best = nullptr;
    for (const Finding& finding : m_result.findings) {
        const bool wanted = std::find(among.begin(), among.end(), finding.bottleneck) != among.end();
        if (wanted && finding.share >= atLeast && (best == nullptr || finding.share > best->share))
            best = &finding;
    }
    return best;
}

/// What makes everything else meaningless first, then waste that can be cured, then honest limits, then waiting.
void Diagnostician::choosePrimary()
{
    using enum Bottleneck;
    const std::array<const Finding*, 6> inOrder{
        strongest({LaunchBound}, kBusy),
        strongest({TooFewBlocks}, kWorthSaying),
        strongest({Uncoalesced, BankConflicts, Spills, Atomics, Divergence}, kWorthCuring),
        strongest({MemoryBandwidth, Compute}, kBusy),
        strongest({Latency, Unknown}, 0),
        strongest({MemoryBandwidth, Compute}, 0),
    };
    const auto first = std::find_if(inOrder.begin(), inOrder.end(), [](const Finding* f) { return f != nullptr; });
    if (first == inOrder.end())
        return;
    m_result.primary = (*first)->bottleneck;
    std::stable_sort(m_result.findings.begin(), m_result.findings.end(), [&](const Finding& a, const Finding& b) {
        const bool aFirst = a.bottleneck == m_result.primary;
        const bool bFirst = b.bottleneck == m_result.primary;
        return aFirst != bFirst ? aFirst : a.share > b.share;
    });
}

Diagnosis Diagnostician::diagnose()
{
    if (!(m_observation.time.count() > 0))
        return {};
    addRoofline();
    addLaunches();
    if (counted()) {
        addWaste();
        addIssue();
    }
    addOccupancy();
    addSlack();
    choosePrimary();
    return std::move(m_result);
}

}  // namespace

std::string_view bottleneckName(Bottleneck bottleneck)
{
    for (const auto& [value, name] : kNames) {
        if (value == bottleneck)
            return name;
    }
    return "unknown";
}

std::optional<Bottleneck> bottleneckFromName(std::string_view name)
{
    for (const auto& [value, text] : kNames) {
        if (text == name)
            return value;
    }
    return std::nullopt;
}

const std::vector<Bottleneck>& allBottlenecks()
{
    static const std::vector<Bottleneck> all = [] {
        std::vector<Bottleneck> list;
        for (const auto& entry : kNames)
            list.push_back(entry.first);
        return list;
    }();
    return all;
}

Diagnosis diagnose(const Observation& observation) { return Diagnostician(observation).diagnose(); }

void to_json(nlohmann::json& json, const Finding& finding)
{
    json = {{"bottleneck", bottleneckName(finding.bottleneck)}, {"share", finding.share}, {"numbers", finding.numbers}};
}

void to_json(nlohmann::json& json, const Diagnosis& diagnosis)
{
    json = {{"primary", bottleneckName(diagnosis.primary)},
            {"findings", diagnosis.findings},
            {"share_of_peak", diagnosis.shareOfPeak},
            {"occupancy", diagnosis.occupancy},
            {"occupancy_limiter", diagnosis.occupancyLimiter}};
}

}  // namespace warploom
