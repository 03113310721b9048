// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/BlockRunner.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "device/emulator/TimingProbe.h"

namespace warploom::emulator {

namespace {

/// Reads of shared state that a group may make before those it keeps waiting get a turn.
constexpr std::uint32_t kPollsBeforeYield = 256;

}  // namespace

BlockRunner::BlockRunner(const Program& program, const LaunchShape& shape, GlobalMemory& memory)
    : m_program(program)
    , m_shape(shape)
    , m_counters(program.code.size())
    , m_lastRegion(program.accessSlots, nullptr)
    , m_patterns(program.accessSlots)
    , m_shared((program.staticShared + program.dynamicAlignment - 1) / program.dynamicAlignment
                   * program.dynamicAlignment
               + shape.dynamicShared)
    , m_local(std::size_t{program.localBytes} * kLanes * ((shape.threads() + kLanes - 1) / kLanes))
    , m_warps((shape.threads() + kLanes - 1) / kLanes)
{
    if (shape.dynamicShared == 0)
        m_shared.resize(program.staticShared);
    m_state.program = &program;
    m_state.memory = &memory;
    m_state.shared = m_shared;
    m_state.local = m_local;
    m_state.parameters = shape.parameters;
    m_state.counters = m_counters;
    m_state.lastRegion = m_lastRegion;
    m_state.patterns = m_patterns;
    m_state.blockExtent = shape.block;
    for (NamedBarrier& barrier : m_barriers)
        barrier.arrived.resize(m_warps.size());
    setUpFrames();
}

void BlockRunner::setUpFrames()
{
    constexpr std::size_t kCacheLine = 64;
    m_frames.resize(m_warps.size() * m_program.frameBytes + kCacheLine);
    const auto start = reinterpret_cast<std::uintptr_t>(m_frames.data());
    std::byte* first = m_frames.data() + (kCacheLine - start % kCacheLine) % kCacheLine;
    for (std::size_t i = 0; i < m_warps.size(); ++i) {
        Warp& warp = m_warps[i];
        warp.block = &m_state;
        warp.index = static_cast<std::uint32_t>(i);
        warp.frame = first + i * m_program.frameBytes;
        warp.waiting.reserve(2 * kLanes);
        for (const ConstantPlace& constant : m_program.constants)
            fillLanes(warp, constant.frameOffset, constant.bytes, constant.bits);
    }
}

void BlockRunner::fillLanes(Warp& warp, std::uint32_t offset, std::uint32_t bytes, std::uint64_t bits) const
{
    if (bytes == 0) {
        warp.predicate(offset) = static_cast<std::uint32_t>(bits);
        return;
    }
    for (std::uint32_t lane = 0; lane < kLanes; ++lane)
        std::memcpy(warp.frame + offset + lane * bytes, &bits, bytes);
}

std::uint32_t BlockRunner::specialValue(SpecialRegister source, std::uint32_t thread) const
{
    using enum SpecialRegister;
    const auto& extent = m_shape.block;
    const std::uint32_t lane = thread % kLanes;
    const std::uint32_t bit = std::uint32_t{1} << lane;
    switch (source) {
    case TidX:
        return thread % extent[0];
    case TidY:
        return thread / extent[0] % extent[1];
    case TidZ:
        return thread / (extent[0] * extent[1]);
    case NtidX:
        return extent[0];
    case NtidY:
        return extent[1];
    case NtidZ:
        return extent[2];
    case CtaidX:
        return m_state.block[0];
    case CtaidY:
        return m_state.block[1];
    case CtaidZ:
        return m_state.block[2];
    case NctaidX:
        return m_shape.grid[0];
    case NctaidY:
        return m_shape.grid[1];
    case NctaidZ:
        return m_shape.grid[2];
    case LaneId:
        return lane;
    case WarpId:
        return thread / kLanes;
    case NumberOfWarps:
        return static_cast<std::uint32_t>(m_warps.size());
    case LaneMaskEq:
        return bit;
    case LaneMaskLt:
        return bit - 1;
    case LaneMaskLe:
        return bit | (bit - 1);
    case LaneMaskGt:
        return ~(bit | (bit - 1));
    case LaneMaskGe:
        return ~(bit - 1);
    case DynamicSharedSize:
        return m_shape.dynamicShared;
    case TotalSharedSize:
        return static_cast<std::uint32_t>(m_shared.size());
    case MultiprocessorId:
        return (m_state.block[0] + m_shape.grid[0] * (m_state.block[1] + m_shape.grid[1] * m_state.block[2]))
            % m_shape.multiprocessors;
    case NumberOfMultiprocessors:
        return m_shape.multiprocessors;
    case GridId:
    case Zero:
        return 0;
    case One:
        return 1;
    }
    return 0;
}

void BlockRunner::setSpecials(Warp& warp)
{
    for (const SpecialPlace& special : m_program.specials)
        for (std::uint32_t lane = 0; lane < kLanes; ++lane)
            warp.lanes<std::uint32_t>(special.frameOffset)[lane] =
                specialValue(special.source, warp.index * kLanes + lane);
}

void BlockRunner::startBlock(std::uint64_t index)
{
    const auto& grid = m_shape.grid;
    m_state.block = {static_cast<std::uint32_t>(index % grid[0]), static_cast<std::uint32_t>(index / grid[0] % grid[1]),
                     static_cast<std::uint32_t>(index / grid[0] / grid[1])};
    m_state.fault.reset();
    // Shared and local memory start as leftovers on a GPU; zeros make runs repeatable.
    std::fill(m_shared.begin(), m_shared.end(), std::byte{0});
    std::fill(m_local.begin(), m_local.end(), std::byte{0});
    for (NamedBarrier& barrier : m_barriers)
        if (barrier.inUse)
            barrier = {0, 0, true, false, false, std::vector<std::uint32_t>(m_warps.size())};
    const std::uint32_t threads = m_shape.threads();
    for (Warp& warp : m_warps) {
        const std::uint32_t count = std::min(threads - warp.index * kLanes, kLanes);
        warp.start(count == kLanes ? kAllLanes : (std::uint32_t{1} << count) - 1);
        setSpecials(warp);
    }
}

std::optional<Fault> BlockRunner::run(std::uint64_t index, const BudgetCheck& check)
{
    startBlock(index);
    bool isRunning = true;
    while (isRunning && !m_state.fault) {
        if (!runRound(check) && !m_state.fault) {
            reportDeadlock();
            break;
        }
        isRunning = std::any_of(m_warps.begin(), m_warps.end(), [](const Warp& warp) { return !warp.isDone(); });
    }
    return m_state.fault;
}

/// Gives every warp a slice. False when none of them could do anything.
bool BlockRunner::runRound(const BudgetCheck& check)
{
    bool progressed = false;
    std::uint64_t sinceCheck = 0;
    for (Warp& warp : m_warps) {
        if (warp.isDone())
            continue;
        const std::uint32_t ran = runWarp(warp);
        progressed = progressed || ran > 0;
        sinceCheck += ran;
        if (m_barrierTouched)
            releaseBarriers();
        if (!m_state.fault && sinceCheck > 0) {
            if (auto fault = check(sinceCheck)) {
                const std::uint32_t pc = warp.active != 0 ? warp.pc : 0;
                const std::uint32_t lane = static_cast<std::uint32_t>(std::countr_zero(warp.active | (1u << 31)));
                warp.raise(m_program.code[pc], lane, fault->verdict, fault->message);
            }
            sinceCheck = 0;
        }
        if (m_state.fault)
            return true;
    }
    return progressed;
}

std::uint32_t BlockRunner::runWarp(Warp& warp)
{
    std::uint32_t ran = 0;
    while (ran < m_slice && !m_state.fault && (warp.active != 0 || warp.resume()))
        ran += runGroup(warp, m_slice - ran);
    // A slice ends with everybody in the queue, whatever turn was being taken.
    if (warp.active != 0 && !warp.waiting.empty() && !m_state.fault)
        warp.resume();
    return ran;
}

std::uint32_t BlockRunner::runGroup(Warp& warp, std::uint32_t budget)
{
    const Instruction* code = m_program.code.data();
    std::uint32_t ran = 0;
    while (ran < budget && warp.active != 0) {
        const std::uint32_t pc = warp.pc;
        const Instruction& instruction = code[pc];
        std::uint32_t mask = warp.active;
        if (instruction.guard != kNoOperand) {
            const std::uint32_t predicate = warp.predicate(instruction.guard);
            mask &= instruction.guardNegated ? ~predicate : predicate;
        }
        if (instruction.syncMask != kNoOperand && mask != 0 && mustWait(warp, instruction, mask))
            break;
        ++ran;
        ++m_state.cycles;
        PcCounters& counters = m_counters[pc];
        ++counters.issued;
        counters.lanes += static_cast<std::uint64_t>(std::popcount(mask));
        if (instruction.control == Control::Data) [[likely]] {
            if (mask != 0)
                instruction.run(warp, instruction, mask);
            ++warp.pc;
        } else {
            control(warp, instruction, mask);
        }
        if (m_state.probe != nullptr)
            m_state.probe->onIssue(warp.index, pc, mask, m_state.cost);
        if (m_state.fault)
            break;
        if (warp.pc >= warp.meetAt && warp.active != 0)
            warp.resume();
        if (instruction.polls && !warp.waiting.empty() && ++warp.polls > kPollsBeforeYield)
            warp.yield();
    }
    return ran;
}

/// At a rendezvous: parks the running lanes until all that \p mask's lanes name are here.
bool BlockRunner::mustWait(Warp& warp, const Instruction& instruction, std::uint32_t mask)
{
    const std::uint32_t* members = warp.lanes<std::uint32_t>(instruction.syncMask);
    std::uint32_t needed = 0;
    for (std::uint32_t rest = mask; rest != 0; rest &= rest - 1)
        needed |= members[std::countr_zero(rest)];
    if ((needed & ~(warp.active | warp.exited)) == 0)
        return false;
    const LaneGroup group{warp.pc, warp.active, needed, LaneGroup::State::Rendezvous, 0};
    warp.active = 0;
    warp.park(group);
    return true;
}

void BlockRunner::reportDeadlock()
{
    for (Warp& warp : m_warps) {
        if (warp.waiting.empty())
            continue;
        const LaneGroup& group = warp.waiting.front();
        const auto lane = static_cast<std::uint32_t>(std::countr_zero(group.mask));
        const bool atBarrier = group.state == LaneGroup::State::Barrier;
        // The group at a barrier has gone past the instruction already.
        const Instruction& instruction = m_program.code[atBarrier ? group.pc - 1 : group.pc];
        warp.raise(instruction, lane, Verdict::Timeout,
                   atBarrier
                       ? fmt::format("deadlock: threads wait at barrier {} that others never reach", group.barrier)
                       : fmt::format("deadlock: lanes {:#010x} wait for lanes {:#010x} of their warp that never come",
                                     group.mask, group.needed & ~group.mask & ~warp.exited));
        return;
    }
}

}  // namespace warploom::emulator
