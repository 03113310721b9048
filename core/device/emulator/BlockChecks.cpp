// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/BlockChecks.h"

#include <bit>

#include "device/emulator/LaunchChecks.h"

namespace warploom::emulator {

void BlockChecks::startBlock(std::uint64_t index)
{
    clocks.startBlock();
    shared.startBlock();
    std::fill(localWritten.begin(), localWritten.end(), std::byte{0});
    block = static_cast<std::uint32_t>(index);
    publications = 0;
    hasSuspicion = false;
    unwrittenShared.reset();
}

void BlockChecks::endBlock() { launch.setPublications(block, publications); }

void BlockChecks::onOrdering(const Warp& warp, const Instruction& instruction, std::uint32_t mask)
{
    if ((instruction.ordering & Ordering::kPublish) != 0)
        ++publications;
    if ((instruction.ordering & Ordering::kFence) != 0)
        clocks.fence(warp.index);
    if ((instruction.ordering & CopyOrdering::kCommit) != 0)
        shared.commit(warp.index);
    if ((instruction.ordering & CopyOrdering::kAwait) != 0)
        shared.await(warp.index, mask, static_cast<std::uint64_t>(instruction.immediate));
    if (instruction.syncMask == kNoOperand)
        return;
    const std::uint32_t* members = warp.lanes<std::uint32_t>(instruction.syncMask);
    for (std::uint32_t rest = mask; rest != 0;) {
        const std::uint32_t named = members[std::countr_zero(rest)];
        if ((named | warp.exited) == kAllLanes) {
            clocks.syncWarp(warp.index);
            return;
        }
        clocks.syncLanes(warp.index, named & mask);
        rest &= ~(named | (rest & -rest));
    }
}

void BlockChecks::onBarrier(std::size_t number, std::uint32_t waiting, std::uint32_t arrived, bool everybody)
{
    if (!everybody) {
        clocks.join(number, waiting, arrived);
        return;
    }
    clocks.joinAll();
    shared.forget();
}

}  // namespace warploom::emulator
