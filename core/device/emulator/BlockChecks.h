// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "device/emulator/BlockClocks.h"
#include "device/emulator/SharedShadow.h"

namespace warploom::emulator {

class LaunchChecks;

/// Further bits of Instruction::ordering: what cp.async's groups do.
struct CopyOrdering {
    static constexpr std::uint8_t kCommit = 8;  ///< the copies so far become a group
    static constexpr std::uint8_t kAwait = 16;  ///< all groups but the newest `immediate` ones have arrived
};

/// What is watched while a block runs: races and reads of what nobody has written.
struct BlockChecks {
    BlockChecks(const Program& program, LaunchChecks& launchChecks, std::size_t sharedBytes, std::size_t localBytes,
                std::uint32_t warps)
        : clocks(warps)
        , shared(sharedBytes, program.sharedUnitShift, warps)
        , localWritten(localBytes)
        , launch(launchChecks)
    {
    }

    void startBlock(std::uint64_t index);
    void endBlock();
    /// Before an instruction that orders: see Instruction::ordering.
    void onOrdering(const Warp& warp, const Instruction& instruction, std::uint32_t mask);
    /// Warps as bits; \p everybody: no thread of the block is elsewhere.
    void onBarrier(std::size_t number, std::uint32_t waiting, std::uint32_t arrived, bool everybody);

    BlockClocks clocks;
    SharedShadow shared;
    std::vector<std::byte> localWritten;  ///< by byte of local memory: 1 where it was written
    LaunchChecks& launch;
    std::uint32_t block = 0;  ///< its number in the grid
    std::optional<Fault> unwrittenShared;  ///< a read of shared memory that nobody had written by then
    bool hasSuspicion = false;  ///< it has read global memory that nobody had written
    std::uint32_t publications = 0;  ///< fences and atomics since the block began: other blocks see what was written
};

}  // namespace warploom::emulator
