// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>

#include "device/emulator/Program.h"

namespace warploom::emulator {

/// What the latest memory access of a warp cost.
struct AccessCost {
    std::uint32_t sectors = 0;
    std::uint32_t wavefronts = 0;  ///< of shared memory
    std::uint32_t sameAddress = 1;  ///< most lanes of an atomic on one address
    PtxSpace space = PtxSpace::Register;
};

/// Listens to a block while its time is modelled.
class TimingProbe {
public:
    virtual ~TimingProbe() = default;

    /// Device addresses of the distinct 32-byte sectors that a warp's access to global memory at \p pc touches, and in
    /// how many passes over the 32 banks of 4 bytes their words come out of L1.
    virtual void onSectors(std::uint32_t pc, std::span<const std::uint64_t> sectors, AccessKind kind,
                           std::uint32_t passes) = 0;
    /// The sectors of an atomic to global memory, each as often as lanes update one word of it, which happens one after
    /// another.
    virtual void onUpdates(std::span<const std::uint64_t> sectors) = 0;
    /// After every instruction that \p warp issued for \p mask.
    virtual void onIssue(std::uint32_t warp, std::uint32_t pc, std::uint32_t mask, const AccessCost& cost) = 0;
    /// All warps that met at a barrier go on.
    virtual void onBarrier() = 0;
};

}  // namespace warploom::emulator
