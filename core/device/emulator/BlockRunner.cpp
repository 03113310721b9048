// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/BlockRunner.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "device/emulator/LaunchChecks.h"
#include "device/emulator/RaceFaults.h"
#include "device/emulator/TimingProbe.h"

namespace warploom::emulator {

namespace {

/// Reads of shared state that a group may make before those it keeps waiting get a turn.
constexpr std::uint32_t kPollsBeforeYield = 256;

void fillWith(std::vector<std::byte>& memory, std::uint64_t pattern)
{
    std::size_t at = 0;
    for (; at + sizeof(pattern) <= memory.size(); at += sizeof(pattern))
        std::memcpy(memory.data() + at, &pattern, sizeof(pattern));
    std::fill(memory.begin() + static_cast<std::ptrdiff_t>(at), memory.end(), std::byte{0});
}

/// Without the machine's own instruction, which not every x86-64 has, counting bits costs as much as adding floats.
std::uint64_t laneCount(std::uint32_t mask)
{
    return mask == kAllLanes ? kLanes : static_cast<std::uint64_t>(std::popcount(mask));
}

std::uint32_t bytesOf(NanKind kind)
{
    return kind == NanKind::Double ? 8 : kind == NanKind::Half || kind == NanKind::Brain ? 2 : 4;
}

}  // namespace

BlockRunner::BlockRunner(const Program& program, const LaunchShape& shape, GlobalMemory& memory, LaunchChecks* checks)
    : m_program(program)
    , m_shape(shape)
    , m_counters(program.code.size())
    , m_passes(program.code.size() + 1)
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
    if (checks != nullptr) {
        m_checks.emplace(program, *checks, m_shared.size(), m_local.size(), static_cast<std::uint32_t>(m_warps.size()));
        m_state.checks = &*m_checks;
    }
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
    m_index = index;
    fillWith(m_shared, m_shape.leftovers);
    fillWith(m_local, m_shape.leftovers);
    if (m_checks) {
        m_checks->startBlock(index);
        m_watchesNan = m_checks->launch.wantsNan(index);
    }
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
    if (m_checks) {
        m_checks->endBlock();
        // What came of an unwritten value is less telling than its read.
        if (m_checks->unwrittenShared && (!m_state.fault || m_state.fault->verdict != Verdict::Race))
            m_state.fault = m_checks->unwrittenShared;
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
    warp.rests = false;
    while (ran < m_slice && !warp.rests && !m_state.fault && (warp.active != 0 || warp.resume()))
        ran += runGroup(warp, m_slice - ran);
    // A slice ends with everybody in the queue, whatever turn was being taken.
    if (warp.active != 0 && !warp.waiting.empty() && !m_state.fault)
        warp.resume();
    return ran;
}

std::uint32_t BlockRunner::runGroup(Warp& warp, std::uint32_t budget)
{
    std::uint32_t ran = 0;
    while (ran < budget && warp.active != 0 && !warp.rests) {
        const Instruction& instruction = m_program.code[warp.pc];
        if (const std::uint32_t count = straightAhead(warp, budget - ran); count > 0)
            ran += runStraight(warp, count);
        else if (runOne(warp, instruction))
            ++ran;
        else
            break;
        if (m_state.fault)
            break;
        if (warp.pc >= warp.meetAt && warp.active != 0)
            warp.resume();
        if (instruction.polls && !warp.waiting.empty() && ++warp.polls > kPollsBeforeYield)
            warp.yield();
    }
    return ran;
}

/// How many instructions from where \p warp is can run without a look at any of them.
std::uint32_t BlockRunner::straightAhead(const Warp& warp, std::uint32_t budget) const
{
    if (m_state.probe != nullptr)
        return 0;
    const std::uint32_t ahead = std::min(m_program.straight[warp.pc], budget);
    return std::min(ahead, warp.pc < warp.meetAt ? warp.meetAt - warp.pc : 1);
}

std::uint32_t BlockRunner::runStraight(Warp& warp, std::uint32_t count)
{
    const std::uint32_t mask = warp.active;
    const Instruction* const first = m_program.code.data() + warp.pc;
    const Instruction* const end = first + count;
    const Instruction* next = first;
    while (m_watchesNan && next != end && !m_state.fault)
        runWatched(warp, *next++, mask);
    for (; next != end && !m_state.fault; ++next)
        next->run(warp, *next, mask);
    const auto ran = static_cast<std::uint32_t>(next - first);
    m_passes[warp.pc].begin(mask);
    warp.pc += ran;
    m_passes[warp.pc].end(mask);
    m_state.cycles += ran;
    return ran;
}

/// False when lanes have to wait for others of their warp first.
bool BlockRunner::runOne(Warp& warp, const Instruction& instruction)
{
    const std::uint32_t pc = warp.pc;
    std::uint32_t mask = warp.active;
    if (instruction.guard != kNoOperand) {
        const std::uint32_t predicate = warp.predicate(instruction.guard);
        mask &= instruction.guardNegated ? ~predicate : predicate;
    }
    if (instruction.syncMask != kNoOperand && mask != 0 && mustWait(warp, instruction, mask))
        return false;
    ++m_state.cycles;
    PcCounters& counters = m_counters[pc];
    ++counters.issued;
    counters.lanes += laneCount(mask);
    if (instruction.ordering != 0 && mask != 0 && m_checks)
        m_checks->onOrdering(warp, instruction, mask);
    if (instruction.control == Control::Data) [[likely]] {
        if (mask != 0 && m_watchesNan)
            runWatched(warp, instruction, mask);
        else if (mask != 0)
            instruction.run(warp, instruction, mask);
        ++warp.pc;
    } else {
        control(warp, instruction, mask);
    }
    if (m_state.probe != nullptr)
        m_state.probe->onIssue(warp.index, pc, mask, m_state.cost);
    return true;
}

std::vector<PcCounters> BlockRunner::counters() const
{
    std::vector<PcCounters> sum = m_counters;
    Passes here;
    for (std::size_t pc = 0; pc < sum.size(); ++pc) {
        here.warps += m_passes[pc].warps;
        here.lanes += m_passes[pc].lanes;
        sum[pc].issued += here.warps;
        sum[pc].lanes += here.lanes;
    }
    return sum;
}

/// Runs an instruction while not-a-number that was made of numbers is looked for.
void BlockRunner::runWatched(Warp& warp, const Instruction& instruction, std::uint32_t mask)
{
    const Handler watched = m_program.watched[warp.pcOf(instruction)];
    if (watched == nullptr) {
        runWatchingNan(warp, instruction, mask);
        return;
    }
    watched(warp, instruction, mask);
    if (m_state.nanLanes != 0) [[unlikely]]
        noteNan(warp, instruction, static_cast<std::uint32_t>(std::countr_zero(std::exchange(m_state.nanLanes, 0u))));
}

void BlockRunner::runWatchingNan(Warp& warp, const Instruction& instruction, std::uint32_t mask)
{
    alignas(64) std::array<std::byte, kLanes * 8> before;
    const std::byte* result = warp.frame + instruction.operand[0];
    if (instruction.overwritesSource)
        std::memcpy(before.data(), result, std::size_t{kLanes} * bytesOf(instruction.nan));
    instruction.run(warp, instruction, mask);
    std::uint32_t made = m_handlers.nanLanes(instruction.nan, result) & mask;
    if (made == 0) [[likely]]
        return;
    for (std::size_t i = 1; i <= instruction.nanSources; ++i) {
        const bool isGone = instruction.operand[i] == instruction.operand[0];
        made &= ~m_handlers.nanLanes(instruction.nan, isGone ? before.data() : warp.frame + instruction.operand[i]);
    }
    if (made != 0)
        noteNan(warp, instruction, static_cast<std::uint32_t>(std::countr_zero(made)));
}

void BlockRunner::noteNan(const Warp& warp, const Instruction& instruction, std::uint32_t lane)
{
    m_watchesNan = false;
    const std::uint32_t pc = warp.pcOf(instruction);
    const std::uint32_t thread = warp.index * kLanes + lane;
    const InstructionInfo& info = m_program.infos[pc];
    RunNote note;
    note.kind = "first-nan";
    note.message = fmt::format("the first NaN that was made of numbers: by {}{}", threadName(m_state, thread),
                               lineName(m_program, pc));
    note.place = {m_program.sourceFile, info.location.line, info.location.column};
    note.instruction = std::string(info.text);
    note.block.assign(m_state.block.begin(), m_state.block.end());
    note.thread = {specialValue(SpecialRegister::TidX, thread), specialValue(SpecialRegister::TidY, thread),
                   specialValue(SpecialRegister::TidZ, thread)};
    m_checks->launch.noteNan(m_index, std::move(note));
}

void BlockRunner::Passes::begin(std::uint32_t mask)
{
    ++warps;
    lanes += laneCount(mask);
}

void BlockRunner::Passes::end(std::uint32_t mask)
{
    --warps;
    lanes -= laneCount(mask);
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

/// Where a thread is that does not wait with \p group.
std::string BlockRunner::othersThan(const Warp& waiting, const LaneGroup& group) const
{
    const std::string mine = fmt::format(
        ": {} waits{}",
        threadName(m_state, waiting.index * kLanes + static_cast<std::uint32_t>(std::countr_zero(group.mask))),
        lineName(m_program, group.pc - 1));
    for (const Warp& warp : m_warps)
        for (const LaneGroup& other : warp.waiting) {
            const bool atBarrier = other.state == LaneGroup::State::Barrier;
            if (atBarrier && other.barrier == group.barrier)
                continue;
            return fmt::format(
                "{}, {} {}{}", mine,
                threadName(m_state, warp.index * kLanes + static_cast<std::uint32_t>(std::countr_zero(other.mask))),
                atBarrier ? fmt::format("at barrier {}", other.barrier) : "for its warp",
                lineName(m_program, atBarrier ? other.pc - 1 : other.pc));
        }
    for (const Warp& warp : m_warps)
        if (warp.endedAt != kNoOperand)
            return fmt::format(
                "{}, {} has ended{}", mine,
                threadName(m_state, warp.index * kLanes + static_cast<std::uint32_t>(std::countr_zero(warp.exited))),
                lineName(m_program, warp.endedAt));
    return mine;
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
                   atBarrier ? fmt::format("deadlock: threads wait at barrier {} that others never reach{}",
                                           group.barrier, othersThan(warp, group))
                             : fmt::format("{}: lanes {:#010x} wait for lanes {:#010x} of their warp that never come",
                                           instruction.isAligned ? "matrix instruction in divergent code" : "deadlock",
                                           group.mask, group.needed & ~group.mask & ~warp.exited));
        return;
    }
}

}  // namespace warploom::emulator
