// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/RaceFaults.h"

#include <fmt/format.h>

namespace warploom::emulator {

namespace {

const char* pastOf(AccessKind kind)
{
    return kind == AccessKind::Load ? "read" : kind == AccessKind::Store ? "written" : "updated atomically";
}

void placeFault(const Warp& warp, const std::string& buffer, std::uint64_t offset)
{
    warp.block->fault->buffer = buffer;
    warp.block->fault->byteOffset = static_cast<std::int64_t>(offset);
}

void raiseRace(Warp& warp, const Instruction& instruction, const RefusedAccess& access, const std::string& name,
               const SharedConflict& earlier)
{
    const BlockState& block = *warp.block;
    const std::uint32_t thread = warp.index * kLanes + access.lane;
    const bool isSameWarp = thread / kLanes == earlier.thread / kLanes;
    warp.raise(instruction, access.lane, Verdict::Race,
               fmt::format("race at {} + {}: {} by {}{}, {} by {}{} without {} between", name, access.address,
                           pastOf(earlier.kind), threadName(block, earlier.thread),
                           lineName(*block.program, earlier.pc), pastOf(access.kind), threadName(block, thread),
                           lineName(*block.program, warp.pcOf(instruction)),
                           earlier.isAsynchronous ? "a wait for the asynchronous copy"
                               : isSameWarp       ? "a barrier or __syncwarp"
                                                  : "a barrier"));
    placeFault(warp, name, access.address);
}

}  // namespace

std::string threadName(const BlockState& block, std::uint32_t thread)
{
    const auto& extent = block.blockExtent;
    const std::uint32_t x = thread % extent[0];
    const std::uint32_t y = thread / extent[0] % extent[1];
    const std::uint32_t z = thread / (extent[0] * extent[1]);
    if (extent[2] > 1)
        return fmt::format("thread ({}, {}, {})", x, y, z);
    return extent[1] > 1 ? fmt::format("thread ({}, {})", x, y) : fmt::format("thread {}", x);
}

std::string lineName(const Program& program, std::uint32_t pc)
{
    const int line = program.infos[pc].location.line;
    return line > 0 ? fmt::format(" at line {}", line) : std::string();
}

void raiseSharedRace(Warp& warp, const Instruction& instruction, const RefusedAccess& access,
                     const SharedConflict& earlier)
{
    raiseRace(warp, instruction, access, "shared memory", earlier);
}

void raiseGlobalRace(Warp& warp, const Instruction& instruction, const RefusedAccess& access, const std::string& name,
                     const Toucher& earlier)
{
    raiseRace(warp, instruction, access, name, {0, 0, earlier.thread(), earlier.pc(), AccessKind::Store});
}

void raiseLanesDisagree(Warp& warp, const Instruction& instruction, std::uint32_t first, const RefusedAccess& access)
{
    const BlockState& block = *warp.block;
    warp.raise(instruction, access.lane, Verdict::Race,
               fmt::format("race: {} and {} write different values to one address{} at the same time",
                           threadName(block, warp.index * kLanes + first),
                           threadName(block, warp.index * kLanes + access.lane),
                           lineName(*block.program, warp.pcOf(instruction))));
}

void raiseUnwritten(Warp& warp, const Instruction& instruction, const RefusedAccess& access, const std::string& name)
{
    const BlockState& block = *warp.block;
    warp.raise(instruction, access.lane, Verdict::Nondeterministic,
               fmt::format("{} {} bytes that nobody has written: {} + {}, by {}{}",
                           access.kind == AccessKind::Atomic ? "updates" : "reads", access.bytes, name, access.address,
                           threadName(block, warp.index * kLanes + access.lane),
                           lineName(*block.program, warp.pcOf(instruction))));
    placeFault(warp, name, access.address);
}

}  // namespace warploom::emulator
