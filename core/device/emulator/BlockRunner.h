// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "device/emulator/BlockChecks.h"
#include "device/emulator/OpcodeTable.h"
#include "device/emulator/Program.h"
#include "device/emulator/Warp.h"

namespace warploom::emulator {

/// What all blocks of a launch have in common.
struct LaunchShape {
    std::array<std::uint32_t, 3> grid{1, 1, 1};
    std::array<std::uint32_t, 3> block{1, 1, 1};
    std::uint32_t dynamicShared = 0;  ///< bytes
    std::uint32_t multiprocessors = 1;
    std::uint64_t leftovers = 0;  ///< what shared and local memory hold at first, again and again
    std::vector<std::byte> parameters;

    [[nodiscard]] std::uint64_t blocks() const { return std::uint64_t{grid[0]} * grid[1] * grid[2]; }
    [[nodiscard]] std::uint32_t threads() const { return block[0] * block[1] * block[2]; }
};

/// Asked every few thousand warp instructions, with how many were run since: a fault to stop with, or nothing.
using BudgetCheck = std::function<std::optional<Fault>(std::uint64_t)>;

/// Runs the blocks of one launch, one after the other, in one thread; keeps registers and shared memory between them so
/// that nothing is allocated while a block runs.
class BlockRunner {
public:
    /// \p checks may be null.
    BlockRunner(const Program& program, const LaunchShape& shape, GlobalMemory& memory, LaunchChecks* checks = nullptr);

    /// Smaller slices interleave the warps as a GPU would, for modelling caches; larger ones are faster.
    void setSlice(std::uint32_t warpInstructions) { m_slice = warpInstructions; }
    void setProbe(TimingProbe* probe) { m_state.probe = probe; }

    /// Runs block number \p index of the grid (x fastest). The fault that ended it, if any.
    std::optional<Fault> run(std::uint64_t index, const BudgetCheck& check);

    /// By pc, summed over the blocks that ran.
    [[nodiscard]] std::vector<PcCounters> counters() const;

private:
    struct NamedBarrier {
        std::uint32_t expected = 0;  ///< threads; 0: all of the block that have not ended
        std::uint32_t popcount = 0;
        bool all = true;
        bool any = false;
        bool inUse = false;
        std::vector<std::uint32_t> arrived;  ///< lane masks by warp; arrive counts without waiting
    };

    /// Of a pc: how many more warps, and lanes, run from there on than before it. Straight pieces are counted where
    /// they begin and end; the differences wrap around, their sums do not.
    struct Passes {
        std::uint64_t warps = 0;
        std::uint64_t lanes = 0;

        void begin(std::uint32_t mask);
        void end(std::uint32_t mask);
    };

    void setUpFrames();
    void startBlock(std::uint64_t index);
    void setSpecials(Warp& warp);
    [[nodiscard]] std::uint32_t specialValue(SpecialRegister source, std::uint32_t thread) const;
    void fillLanes(Warp& warp, std::uint32_t offset, std::uint32_t bytes, std::uint64_t bits) const;

    bool runRound(const BudgetCheck& check);
    std::uint32_t runWarp(Warp& warp);
    std::uint32_t runGroup(Warp& warp, std::uint32_t budget);
    [[nodiscard]] std::uint32_t straightAhead(const Warp& warp, std::uint32_t budget) const;
    std::uint32_t runStraight(Warp& warp, std::uint32_t count);
    bool runOne(Warp& warp, const Instruction& instruction);
    void runWatched(Warp& warp, const Instruction& instruction, std::uint32_t mask);
    void runWatchingNan(Warp& warp, const Instruction& instruction, std::uint32_t mask);
    void noteNan(const Warp& warp, const Instruction& instruction, std::uint32_t lane);
    void control(Warp& warp, const Instruction& instruction, std::uint32_t mask);
    void branch(Warp& warp, std::uint32_t target, std::uint32_t taken);
    void branchIndexed(Warp& warp, const Instruction& instruction, std::uint32_t mask);
    void arrive(Warp& warp, const Instruction& instruction, std::uint32_t mask, bool waits);
    void leave(Warp& warp, std::uint32_t mask);
    void releaseBarriers();
    void releaseBarrier(std::uint8_t number);
    [[nodiscard]] bool isComplete(const NamedBarrier& barrier) const;
    void trap(Warp& warp, const Instruction& instruction, std::uint32_t mask);
    void meetAtBarrier(std::uint8_t number);
    void raiseDivergentBarrier(Warp& warp, const LaneGroup& one, const LaneGroup& other);
    [[nodiscard]] std::string othersThan(const Warp& waiting, const LaneGroup& group) const;
    bool mustWait(Warp& warp, const Instruction& instruction, std::uint32_t mask);
    void reportDeadlock();

    const Program& m_program;
    const LaunchShape& m_shape;
    const HandlerSet& m_handlers = hostHandlers();
    BlockState m_state;
    std::vector<PcCounters> m_counters;  ///< but for what m_passes says
    std::vector<Passes> m_passes;
    std::vector<const Region*> m_lastRegion;
    std::vector<AccessPattern> m_patterns;
    std::vector<std::byte> m_frames;
    std::vector<std::byte> m_shared;
    std::vector<std::byte> m_local;
    std::vector<Warp> m_warps;
    std::array<NamedBarrier, 16> m_barriers;
    std::uint32_t m_slice = 8192;
    bool m_barrierTouched = false;
    std::optional<BlockChecks> m_checks;
    bool m_watchesNan = false;
    std::uint64_t m_index = 0;  ///< of the running block
};

}  // namespace warploom::emulator
