// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/LaunchProbe.h"

#include <algorithm>
#include <numeric>

namespace warploom::emulator {

namespace {

constexpr std::uint64_t kSectorBytes = 32;
constexpr std::uint64_t kLineBytes = 128;
/// L1 looks up so many tags in a cycle: "4 sets x 4 sectors", says NVIDIA (forums.developer.nvidia.com, topic 312884).
constexpr double kTagsInCycle = 4;
/// Results take at least this many bytes of a frame: predicates.
constexpr std::uint32_t kPlaceBytes = 4;
constexpr std::size_t kCompactAt = 4'000'000;

void sortUnique(std::vector<std::uint64_t>& values)
{
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
}

/// Whether the load \p instruction is not served by L1; PTX ISA, "Cache Operators".
bool goesPastL1(std::string_view instruction, bool byDefault)
{
    const auto name = instruction.substr(0, instruction.find('['));
    const auto has = [&](std::string_view part) { return name.find(part) != std::string_view::npos; };
    if (has(".cg") || has(".cv") || has(".volatile") || has(".relaxed") || has(".acquire"))
        return true;
    return byDefault && !has(".ca") && !has(".cs") && !has(".lu") && !has(".nc");
}

void note(std::vector<std::uint64_t>& sectors, std::uint64_t sector)
{
    if (sectors.size() >= kCompactAt && sectors.size() == sectors.capacity())
        sortUnique(sectors);
    sectors.push_back(sector);
}

}  // namespace

LaunchProbe::LaunchProbe(const Program& program, const ModelledGpu& gpu, const GlobalMemory& memory,
                         std::uint32_t warps, std::uint64_t l1Bytes, bool loadsPastL1)
    : m_program(program)
    , m_gpu(gpu)
    , m_memory(memory)
    , m_l1(l1Bytes)
    , m_slots(program.frameBytes / kPlaceBytes)
    , m_ready(m_slots * warps)
    , m_latest(warps)
    , m_now(warps)
{
    for (const InstructionInfo& info : program.infos)
        m_isPastL1.push_back(info.access == AccessKind::Load && goesPastL1(info.text, loadsPastL1));
}

void LaunchProbe::startBlock()
{
    m_l1.clear();
    std::fill(m_ready.begin(), m_ready.end(), 0.0F);
    std::fill(m_now.begin(), m_now.end(), 0.0);
    std::fill(m_latest.begin(), m_latest.end(), 0.0);
    m_seen = 0;
    m_blockSerial = 0;
    m_blockCycles = 0;
    m_blockUpdates = 0;
    m_atomicLines.clear();
    m_loadSectors.clear();
    m_storeSectors.clear();
    m_blockTraffic.clear();
}

BufferTraffic* LaunchProbe::trafficOf(std::uint64_t address)
{
    // A sector may begin before its buffer does or end behind it; any byte of it decides.
    if (m_lastRegion == nullptr || !m_lastRegion->holds(address, 1))
        m_lastRegion = m_memory.find(address, 1);
    return m_lastRegion == nullptr ? nullptr : &m_blockTraffic[m_lastRegion];
}

void LaunchProbe::onSectors(std::uint32_t pc, std::span<const std::uint64_t> sectors, AccessKind kind,
                            std::uint32_t passes)
{
    m_accessLatency = m_gpu.l1Latency;
    double lines = 0;
    std::uint64_t line = 0;
    for (const std::uint64_t sector : sectors) {
        // They come in ascending order.
        lines += sector / kLineBytes != line ? 1 : 0;
        line = sector / kLineBytes;
        if (kind == AccessKind::Load && !m_isPastL1[pc] && m_l1.access(sector))
            continue;
        BufferTraffic* traffic = trafficOf(sector);
        m_accessLatency = std::max(m_accessLatency, missLatency(m_lastRegion));
        if (traffic == nullptr)
            continue;
        (kind == AccessKind::Load ? traffic->loads : traffic->stores) += 1;
        note(kind == AccessKind::Load ? m_loadSectors : m_storeSectors, sector);
    }
    m_accessCycles = std::max<double>(passes, lines / kTagsInCycle);
    m_blockCycles += m_accessCycles;
}

void LaunchProbe::onUpdates(std::span<const std::uint64_t> sectors)
{
    for (const std::uint64_t sector : sectors)
        m_atomicLines[sector / kLineBytes] += 1;
    m_blockUpdates += static_cast<double>(sectors.size());
}

double LaunchProbe::missLatency(const Region* region) const
{
    const auto known = m_dramShare.find(region);
    const double share = known == m_dramShare.end() ? 1 : known->second;
    return share * m_gpu.dramLatency + (1 - share) * m_gpu.l2Latency;
}

double LaunchProbe::resultLatency(const InstructionInfo& info, const AccessCost& cost) const
{
    if (info.access == AccessKind::None)
        return info.latency;
    switch (cost.space) {
    case PtxSpace::Shared:
        return m_gpu.sharedLatency + 2.0 * (cost.wavefronts - 1.0) + 2.0 * (cost.sameAddress - 1.0);
    case PtxSpace::Global:
    case PtxSpace::Local: {
        const double base = info.access == AccessKind::Atomic ? m_gpu.l2Latency + cost.sameAddress
            : cost.space == PtxSpace::Global                  ? m_accessLatency
                                                              : m_gpu.l1Latency;
        return base + (cost.space == PtxSpace::Global ? m_accessCycles : cost.sectors / 4.0);
    }
    default:
        return info.latency;
    }
}

void LaunchProbe::onIssue(std::uint32_t warp, std::uint32_t pc, std::uint32_t mask, const AccessCost& cost)
{
    ++m_seen;
    const InstructionInfo& info = m_program.infos[pc];
    float* ready = m_ready.data() + m_slots * warp;
    double& now = m_now[warp];
    double start = now;
    for (const std::uint32_t place : info.reads)
        start = std::max<double>(start, ready[place / kPlaceBytes]);
    m_latest[warp] = std::max(m_latest[warp], start);
    now += static_cast<double>(info.issueSlots);
    if (info.pipe == Pipe::Control)
        now = std::max(now, m_latest[warp]);
    const double latency = mask == 0 || info.isHidden ? 0 : resultLatency(info, cost);
    for (const std::uint32_t place : info.writes)
        ready[place / kPlaceBytes] = static_cast<float>(start + latency);
    if (info.access == AccessKind::Atomic && cost.space == PtxSpace::Shared && mask != 0)
        m_blockSerial += cost.sameAddress - 1.0;
}

void LaunchProbe::onBarrier()
{
    const double latest = *std::max_element(m_now.begin(), m_now.end());
    std::fill(m_now.begin(), m_now.end(), latest);
    std::fill(m_latest.begin(), m_latest.end(), latest);
}

void LaunchProbe::bookUnique(std::vector<std::uint64_t>& sectors, double BufferTraffic::* unique, double scale)
{
    sortUnique(sectors);
    for (const std::uint64_t sector : sectors)
        if (trafficOf(sector) != nullptr)
            m_traffic[m_lastRegion].*unique += scale;
}

void LaunchProbe::endBlock(double share, double blocks)
{
    const double scale = 1 / share;
    for (const auto& [region, part] : m_blockTraffic) {
        BufferTraffic& total = m_traffic[region];
        total.bufferSectors = (region->end - region->begin + kSectorBytes - 1) / kSectorBytes;
        total.loads += part.loads * scale;
        total.stores += part.stores * scale;
    }
    bookUnique(m_loadSectors, &BufferTraffic::uniqueLoads, scale);
    bookUnique(m_storeSectors, &BufferTraffic::uniqueStores, scale);
    m_paths.push_back(*std::max_element(m_now.begin(), m_now.end()) * scale);
    m_sharedSerial += m_blockSerial * scale;
    m_l1Cycles += m_blockCycles * scale;
    double hottest = 0;
    for (const auto& [line, updates] : m_atomicLines)
        hottest = std::max(hottest, updates);
    m_hottestUpdates += hottest * scale;
    m_updates += m_blockUpdates * scale;
    updateLatencies(blocks);
}

/// Where blocks fetch the same sectors, one of them pays for DRAM and the others find them in L2.
void LaunchProbe::updateLatencies(double blocks)
{
    const auto sampled = static_cast<double>(m_paths.size());
    for (const auto& [region, traffic] : m_traffic) {
        const double distinct =
            std::min<double>(static_cast<double>(traffic.bufferSectors), traffic.uniqueLoads / sampled * blocks);
        const double fetched = traffic.loads / sampled * blocks;
        m_dramShare[region] = fetched > 0 ? std::min(distinct / fetched, 1.0) : 1;
    }
}

double LaunchProbe::pathCycles() const
{
    if (m_paths.size() == 1)
        return m_paths.front();
    return std::accumulate(m_paths.begin() + 1, m_paths.end(), 0.0) / static_cast<double>(m_paths.size() - 1);
}

}  // namespace warploom::emulator
