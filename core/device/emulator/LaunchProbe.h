// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "device/emulator/DeviceCatalogue.h"
#include "device/emulator/GlobalMemory.h"
#include "device/emulator/Program.h"
#include "device/emulator/SectorCache.h"
#include "device/emulator/TimingProbe.h"

namespace warploom::emulator {

/// Traffic between one buffer and the L2 cache, in sectors of 32 bytes, summed over the sampled blocks.
struct BufferTraffic {
    std::uint64_t bufferSectors = 0;  ///< size of the buffer
    double loads = 0;  ///< that missed L1
    double stores = 0;  ///< atomics too
    double uniqueLoads = 0;  ///< distinct ones within each block
    double uniqueStores = 0;
};

/// What the sampled blocks of a launch did, seen with a clock. Between branches instructions start as soon as what they
/// read is there, as the compiler orders them so; a branch or barrier waits until all before it have started.
class LaunchProbe final : public TimingProbe {
public:
    /// \p l1Bytes is the share of the L1 cache that one block has; \p loadsPastL1 whether loads go past it that do not
    /// say otherwise.
    LaunchProbe(const Program& program, const ModelledGpu& gpu, const GlobalMemory& memory, std::uint32_t warps,
                std::uint64_t l1Bytes, bool loadsPastL1);

    void startBlock();
    /// Books the block; \p share is what part of it was seen (the probe was taken away after that), \p blocks how many
    /// the grid has.
    void endBlock(double share, double blocks);

    void onSectors(std::uint32_t pc, std::span<const std::uint64_t> sectors, AccessKind kind,
                   std::uint32_t passes) override;
    void onUpdates(std::span<const std::uint64_t> sectors) override;
    void onIssue(std::uint32_t warp, std::uint32_t pc, std::uint32_t mask, const AccessCost& cost) override;
    void onBarrier() override;

    [[nodiscard]] std::uint64_t seen() const { return m_seen; }  ///< warp instructions of the running block
    /// Time of one block alone. The first block does not know yet which buffers L2 will hold, so others count if there
    /// are.
    [[nodiscard]] double pathCycles() const;
    [[nodiscard]] double updates() const { return m_updates; }  ///< of sectors by atomics to global memory
    /// Those in each block's hottest line of 128 bytes, summed: they follow each other.
    [[nodiscard]] double hottestUpdates() const { return m_hottestUpdates; }
    /// Cycles for which requests to global memory keep L1 busy.
    [[nodiscard]] double l1Cycles() const { return m_l1Cycles; }
    [[nodiscard]] double sharedSerial() const { return m_sharedSerial; }  ///< passes that atomics on one word add
    [[nodiscard]] const std::map<const Region*, BufferTraffic>& traffic() const { return m_traffic; }

private:
    [[nodiscard]] double resultLatency(const InstructionInfo& info, const AccessCost& cost) const;
    [[nodiscard]] double missLatency(const Region* region) const;
    void updateLatencies(double blocks);
    void bookUnique(std::vector<std::uint64_t>& sectors, double BufferTraffic::* unique, double scale);
    BufferTraffic* trafficOf(std::uint64_t address);

    const Program& m_program;
    const ModelledGpu& m_gpu;
    const GlobalMemory& m_memory;
    SectorCache m_l1;
    std::vector<bool> m_isPastL1;  ///< by pc: a load that L1 does not serve
    std::size_t m_slots;  ///< places of results in one warp's frame
    std::vector<float> m_ready;  ///< by warp and place: cycle at which it can be read
    std::vector<double> m_latest;  ///< by warp: start of the latest instruction since the last branch
    std::vector<double> m_now;  ///< by warp
    std::uint64_t m_seen = 0;
    double m_accessLatency = 0;  ///< of the latest access to global memory
    double m_accessCycles = 0;  ///< for which it kept L1 busy
    std::vector<double> m_paths;  ///< cycles, by block
    double m_updates = 0;
    double m_blockUpdates = 0;
    double m_hottestUpdates = 0;
    double m_l1Cycles = 0;
    double m_blockCycles = 0;
    double m_sharedSerial = 0;
    double m_blockSerial = 0;
    std::unordered_map<std::uint64_t, double> m_atomicLines;
    std::vector<std::uint64_t> m_loadSectors;  ///< of the running block: misses
    std::vector<std::uint64_t> m_storeSectors;
    const Region* m_lastRegion = nullptr;
    std::map<const Region*, double> m_dramShare;  ///< of the misses of L1 that also miss L2
    std::map<const Region*, BufferTraffic> m_traffic;
    std::map<const Region*, BufferTraffic> m_blockTraffic;
};

}  // namespace warploom::emulator
