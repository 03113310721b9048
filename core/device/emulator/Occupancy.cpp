// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/Occupancy.h"

#include <algorithm>

namespace warploom::emulator {

namespace {

constexpr std::uint32_t kWarp = 32;
constexpr std::uint32_t kRegisterUnit = 256;  // registers are given to warps in these portions
constexpr std::uint32_t kProcessorParts = 4;  // of a multiprocessor: a block's warps are dealt out to all of them
constexpr std::uint64_t kReservedShared = 1024;  // the system's own, a block, from compute capability 8.0
constexpr std::uint64_t kSharedUnit = 128;

template <typename T>
T roundUp(T value, T unit)
{
    return (value + unit - 1) / unit * unit;
}

}  // namespace

std::uint64_t registersOfBlock(const BlockNeeds& needs)
{
    const std::uint64_t warps = roundUp((needs.threads + kWarp - 1) / kWarp, kProcessorParts);
    return warps * roundUp(needs.registers * kWarp, kRegisterUnit);
}

std::uint32_t residentBlocks(const BlockNeeds& needs, const DeviceFacts& facts)
{
    const std::uint32_t warps = (needs.threads + kWarp - 1) / kWarp;
    std::uint64_t blocks = facts.maxBlocksPerMultiprocessor;
    blocks = std::min<std::uint64_t>(blocks, facts.maxThreadsPerMultiprocessor / (warps * kWarp));
    if (needs.registers > 0) {
        const std::uint32_t warpRegisters = roundUp(needs.registers * kWarp, kRegisterUnit);
        blocks = std::min<std::uint64_t>(blocks, facts.registersPerMultiprocessor / warpRegisters / warps);
    }
    const bool reserves = facts.architecture != "sm_75" && facts.architecture != "sm_70";
    const std::uint64_t shared = roundUp(needs.shared + (reserves ? kReservedShared : 0), kSharedUnit);
    if (shared > 0)
        blocks = std::min(blocks, facts.sharedPerMultiprocessor.value / shared);
    return static_cast<std::uint32_t>(blocks);
}

}  // namespace warploom::emulator
