// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <vector>

#include "device/Device.h"
#include "device/emulator/DeviceCatalogue.h"
#include "device/emulator/GlobalMemory.h"
#include "device/emulator/LaunchProbe.h"
#include "device/emulator/LaunchRunner.h"
#include "protocol/Counters.h"

namespace warploom::emulator {

/// Predicts how long steps take on the modelled GPU. Of each launch a few blocks run; what they did is scaled to the
/// grid, and the slowest of the ways to be slow decides: DRAM, L2, issue, a pipe, shared memory, latency, atomics.
class TimeModel {
public:
    TimeModel(const ModelledGpu& gpu, GlobalMemory& memory, const RunLimits& limits);

    /// Runs sampled blocks, which write to their buffers. The fault is one that they met, or why the GPU would refuse
    /// the launch; the Error is Cancelled, or InvalidArgument for arguments that do not fit.
    Result<std::optional<Fault>> addLaunch(const Program& program, const LaunchStep& launch,
                                           const CompileProduct& product);
    /// A fill or a copy.
    void addTransfer(Bytes read, Bytes written);
    [[nodiscard]] ModelledTime result() const;

private:
    struct Sample {
        LaunchCounters counters;  ///< scaled to the grid
        std::vector<PcCounters> perPc;  ///< means of one block, by pc
        std::uint64_t blocks = 0;  ///< that ran
        double scale = 1;  ///< blocks of the grid for each that ran
        double spills = 0;  ///< words of registers that the sampled blocks' warps stored or loaded again
        double spillsPastL1 = 0;  ///< the part of them for which L1 has no room
    };
    struct Load {
        const char* name = "";
        double seconds = 0;
    };

    /// Fills \p sample unless a block meets a fault.
    Result<std::optional<Fault>> runSample(const Program& program, const LaunchShape& shape, LaunchProbe& probe,
                                           Sample& sample);
    /// Registers that ptxas had no room for, which PTX does not show.
    static void addSpills(const KernelResources& resources, const LaunchShape& shape, std::uint32_t resident,
                          std::uint64_t l1Bytes, Sample& sample);
    void bookLaunch(const Program& program, const LaunchShape& shape, const LaunchProbe& probe, Sample sample,
                    std::uint32_t fitting);
    /// Latency first.
    [[nodiscard]] std::vector<Load> loads(const Program& program, const LaunchShape& shape, const Sample& sample,
                                          const LaunchProbe& probe, std::uint32_t resident) const;
    void addPipes(const Program& program, const Sample& sample, const LaunchProbe& probe, double blocksPerProcessor,
                  std::vector<Load>& loads) const;
    void addMemory(const Sample& sample, const LaunchProbe& probe, double wave, double waves,
                   std::vector<Load>& loads) const;
    void book(double seconds, const char* limiter, double occupancy);
    [[nodiscard]] double dramSeconds(double readBytes, double writtenBytes) const;
    [[nodiscard]] double cyclesToSeconds(double cycles) const { return cycles / (m_gpu.facts.clockMhz * 1e6); }

    const ModelledGpu& m_gpu;
    GlobalMemory& m_memory;
    RunLimits m_limits;
    std::chrono::steady_clock::time_point m_deadline;
    ModelledTime m_result;
    double m_longest = 0;
};

}  // namespace warploom::emulator
