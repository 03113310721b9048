// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "device/Device.h"
#include "device/emulator/GlobalMemory.h"
#include "device/emulator/Program.h"

namespace warploom::emulator {

struct LaunchShape;

/// What the checks of one launch gather from its blocks, which run in several threads and in no order.
class LaunchChecks {
public:
    /// Prepares the buffers that the kernel may write. They are watched while this lives.
    LaunchChecks(const Program& program, const LaunchShape& shape, GlobalMemory& memory);
    ~LaunchChecks();
    LaunchChecks(const LaunchChecks&) = delete;
    LaunchChecks& operator=(const LaunchChecks&) = delete;

    void setPublications(std::uint64_t block, std::uint32_t count)
    {
        if (block < m_publications.size())
            m_publications[block] = count;
    }

    /// A block has read what nobody had written by then. Whether that is its fault shows at the end: another block may
    /// have been meant to write it.
    void noteUnwritten(std::uint64_t block, const Region& region, std::uint64_t offset, Fault fault);

    [[nodiscard]] bool wantsNan(std::uint64_t block) const
    {
        return block < m_nanBlock.load(std::memory_order_relaxed);
    }
    void noteNan(std::uint64_t block, RunNote note);
    [[nodiscard]] std::vector<RunNote> notes() const;

    /// The fault that counts, \p fault being that of the lowest block that met one while it ran.
    [[nodiscard]] std::optional<Fault> finalFault(std::optional<Fault> fault, std::uint64_t faultBlock) const;

private:
    struct Suspicion {
        std::uint64_t block = 0;
        const Region* region = nullptr;
        std::uint64_t offset = 0;
        Fault fault;
    };

    [[nodiscard]] bool mayStore(const Region& region) const;
    [[nodiscard]] const Suspicion* firstSuspicion(std::uint64_t faultBlock) const;
    [[nodiscard]] std::optional<Fault> crossBlockRace(std::uint64_t& block) const;

    const Program& m_program;
    const LaunchShape& m_shape;
    GlobalMemory& m_memory;
    std::vector<std::uint32_t> m_publications;  ///< by block, the first 16 million
    std::mutex m_mutex;
    std::vector<Suspicion> m_suspicions;
    std::atomic<std::uint64_t> m_nanBlock{~std::uint64_t{0}};
    RunNote m_nan;
};

}  // namespace warploom::emulator
