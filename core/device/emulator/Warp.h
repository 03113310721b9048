// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "device/emulator/AccessPattern.h"
#include "device/emulator/GlobalMemory.h"
#include "device/emulator/Program.h"
#include "device/emulator/TimingProbe.h"
#include "protocol/Verdict.h"

namespace warploom::emulator {

/// What one instruction of a program did so far in one worker.
struct alignas(64) PcCounters {
    std::uint64_t issued = 0;  ///< warp instructions
    std::uint64_t lanes = 0;  ///< thread instructions
    std::uint64_t requests = 0;  ///< of global and local memory, by warps
    std::uint64_t sharedRequests = 0;
    std::uint64_t sectors = 0;  ///< of 32 bytes, global and local
    std::uint64_t wavefronts = 0;  ///< of shared memory
    std::uint64_t ideal = 0;  ///< wavefronts without bank conflicts
    std::uint64_t divergent = 0;  ///< branches that split a warp
};

struct BlockChecks;

/// What the warps of the running block share. One worker runs one block at a time and uses it again for the next.
struct BlockState {
    const Program* program = nullptr;
    GlobalMemory* memory = nullptr;
    std::span<std::byte> shared;
    std::span<std::byte> local;  ///< localBytes × threads, a thread's bytes together
    std::span<const std::byte> parameters;
    std::span<PcCounters> counters;
    std::span<const Region*> lastRegion;  ///< by access slot: the buffer touched last
    std::span<AccessPattern> patterns;  ///< by access slot
    std::array<std::uint32_t, 3> block{};
    std::array<std::uint32_t, 3> blockExtent{1, 1, 1};
    std::uint64_t cycles = 0;  ///< warp instructions issued: what %clock counts
    TimingProbe* probe = nullptr;  ///< only while a time is modelled
    BlockChecks* checks = nullptr;  ///< null when races and unwritten memory are not looked for
    AccessCost cost;
    std::uint32_t nanLanes = 0;  ///< of the running instruction: those that made not-a-number of numbers
    std::optional<Fault> fault;
};

/// Lanes that are at the same place.
struct LaneGroup {
    enum class State : std::uint8_t { Ready, Barrier, Rendezvous };

    std::uint32_t pc = 0;
    std::uint32_t mask = 0;
    std::uint32_t needed = 0;  ///< lanes that must meet at a rendezvous
    State state = State::Ready;
    std::uint8_t barrier = 0;
};

/// 32 threads that run together: registers and where each lane stands. Lanes at the same instruction form a group; the
/// group that is furthest behind runs, so that groups meet again where their paths join.
class Warp {
public:
    std::byte* frame = nullptr;
    BlockState* block = nullptr;
    std::uint32_t index = 0;  ///< in its block
    std::uint32_t exited = 0;  ///< lanes that ended or never were
    std::uint32_t pc = 0;  ///< of the running group
    std::uint32_t active = 0;  ///< lanes of the running group; 0 when none runs
    std::uint32_t meetAt = 0;  ///< lowest pc of a waiting group that the running one may join or must let pass
    std::uint32_t endedAt = kNoOperand;  ///< pc where lanes ended last
    std::uint32_t polls = 0;  ///< reads of shared state since another group ran: a sign of a spin loop
    bool rests = false;  ///< the running group asked for a phase that is not over: others have to go on first
    std::vector<LaneGroup> waiting;

    template <typename T>
    [[nodiscard]] T* lanes(std::uint32_t offset) const
    {
        return reinterpret_cast<T*>(frame + offset);
    }
    [[nodiscard]] std::uint32_t& predicate(std::uint32_t offset) const { return *lanes<std::uint32_t>(offset); }
    [[nodiscard]] std::uint32_t pcOf(const Instruction& instruction) const
    {
        return static_cast<std::uint32_t>(&instruction - block->program->code.data());
    }
    [[nodiscard]] bool isDone() const { return exited == kAllLanes; }

    void start(std::uint32_t lanes);
    /// Puts lanes aside: ready to go on, or waiting for others.
    void park(const LaneGroup& group);
    /// Makes the group that is furthest behind the running one, joined with all others at its place. False when no
    /// group can run.
    bool resume();
    /// Lets another group than the one furthest behind run for a while: what a spin loop waits for may be there.
    void yield();
    /// Records the block's first fault, placed at \p instruction and \p lane.
    void raise(const Instruction& instruction, std::uint32_t lane, Verdict verdict, std::string message);

private:
    void updateMeetingPoint();
    [[nodiscard]] bool canRun(const LaneGroup& group) const;
};

}  // namespace warploom::emulator
