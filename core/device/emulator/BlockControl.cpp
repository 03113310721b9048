// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// What changes where lanes stand: branches, exits, barriers, traps.
#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "device/emulator/BlockRunner.h"
#include "device/emulator/RaceFaults.h"
#include "device/emulator/TimingProbe.h"

namespace warploom::emulator {

void BlockRunner::control(Warp& warp, const Instruction& instruction, std::uint32_t mask)
{
    switch (instruction.control) {
    case Control::Branch:
        branch(warp, instruction.target, mask);
        break;
    case Control::BranchIndexed:
        branchIndexed(warp, instruction, mask);
        break;
    case Control::Exit:
        leave(warp, mask);
        break;
    case Control::Barrier:
        arrive(warp, instruction, mask, true);
        break;
    case Control::BarrierArrive:
        arrive(warp, instruction, mask, false);
        break;
    case Control::Trap:
        trap(warp, instruction, mask);
        break;
    case Control::Data:
        break;
    }
}

void BlockRunner::branch(Warp& warp, std::uint32_t target, std::uint32_t taken)
{
    const std::uint32_t straight = warp.active & ~taken;
    if (straight == 0) {
        warp.pc = target;
    } else if (taken == 0) {
        ++warp.pc;
    } else {
        ++m_counters[warp.pc].divergent;
        // The side that is further behind goes on.
        const std::uint32_t next = warp.pc + 1;
        const bool goesBack = target < next;
        const LaneGroup other{goesBack ? next : target, goesBack ? straight : taken, 0, LaneGroup::State::Ready, 0};
        warp.pc = goesBack ? target : next;
        warp.active = goesBack ? taken : straight;
        warp.park(other);
    }
}

void BlockRunner::branchIndexed(Warp& warp, const Instruction& instruction, std::uint32_t mask)
{
    const auto& targets = m_program.branchTables[instruction.target];
    const std::uint32_t* index = warp.lanes<std::uint32_t>(instruction.operand[0]);
    const std::uint32_t straight = warp.active & ~mask;
    const std::uint32_t next = warp.pc + 1;
    warp.active = 0;
    std::uint32_t groups = 0;
    for (std::uint32_t rest = mask; rest != 0; ++groups) {
        const auto lane = static_cast<std::uint32_t>(std::countr_zero(rest));
        if (index[lane] >= targets.size()) {
            warp.active = rest;
            warp.raise(instruction, lane, Verdict::Crashed,
                       fmt::format("an indexed branch goes to entry {} of {}", index[lane], targets.size()));
            return;
        }
        std::uint32_t same = 0;
        for (std::uint32_t other = rest; other != 0; other &= other - 1) {
            const auto i = static_cast<std::uint32_t>(std::countr_zero(other));
            same |= targets[std::min<std::size_t>(index[i], targets.size() - 1)] == targets[index[lane]] ? 1u << i : 0;
        }
        warp.park({targets[index[lane]], same, 0, LaneGroup::State::Ready, 0});
        rest &= ~same;
    }
    if (straight != 0)
        warp.park({next, straight, 0, LaneGroup::State::Ready, 0});
    m_counters[next - 1].divergent += groups + (straight != 0 ? 1 : 0) > 1 ? 1 : 0;
    warp.resume();
}

void BlockRunner::leave(Warp& warp, std::uint32_t mask)
{
    warp.exited |= mask;
    warp.active &= ~mask;
    warp.endedAt = warp.pc++;
    m_barrierTouched = true;  // those who have gone are waited for no longer
    if (warp.active == 0)
        warp.resume();
}

void BlockRunner::trap(Warp& warp, const Instruction& instruction, std::uint32_t mask)
{
    const std::uint32_t pc = warp.pc++;
    if (mask == 0)
        return;
    const auto reason = m_program.trapReasons.find(pc);
    warp.raise(instruction, static_cast<std::uint32_t>(std::countr_zero(mask)), Verdict::Crashed,
               reason == m_program.trapReasons.end() ? "the kernel trapped" : reason->second);
}

void BlockRunner::arrive(Warp& warp, const Instruction& instruction, std::uint32_t mask, bool waits)
{
    ++warp.pc;
    if (mask == 0)
        return;
    const auto lane = static_cast<std::uint32_t>(std::countr_zero(mask));
    const std::uint32_t number = warp.lanes<std::uint32_t>(instruction.operand[0])[lane];
    const bool isCounted = instruction.operand[1] != kNoOperand;
    const std::uint32_t count = isCounted ? warp.lanes<std::uint32_t>(instruction.operand[1])[lane] : 0;
    if (number >= m_barriers.size() || (isCounted && (count == 0 || count % kLanes != 0))) {
        warp.raise(instruction, lane, Verdict::Crashed,
                   fmt::format("barrier {} for {} threads: there are 16 barriers, and counts are multiples of 32",
                               number, count));
        return;
    }
    NamedBarrier& barrier = m_barriers[number];
    barrier.inUse = true;
    barrier.expected = count;
    barrier.arrived[warp.index] |= mask;
    if (m_checks)
        m_checks->clocks.arriveAt(number, warp.index);
    if (instruction.operand[3] != kNoOperand) {
        const std::uint32_t holds = warp.predicate(instruction.operand[3]) & mask;
        barrier.popcount += static_cast<std::uint32_t>(std::popcount(holds));
        barrier.all = barrier.all && holds == mask;
        barrier.any = barrier.any || holds != 0;
    }
    m_barrierTouched = true;
    if (!waits)
        return;
    const LaneGroup group{warp.pc, mask, 0, LaneGroup::State::Barrier, static_cast<std::uint8_t>(number)};
    warp.active &= ~mask;
    warp.park(group);
    if (warp.active == 0)
        warp.resume();
}

bool BlockRunner::isComplete(const NamedBarrier& barrier) const
{
    std::uint32_t arrived = 0;
    bool everybody = true;
    bool anybody = false;
    for (const Warp& warp : m_warps) {
        const std::uint32_t here = barrier.arrived[warp.index];
        const bool isWhole = (here | warp.exited) == kAllLanes;
        // The hardware counts warps: lanes that ended or never were count with those that are there.
        arrived += here == 0 ? 0 : isWhole ? kLanes : static_cast<std::uint32_t>(std::popcount(here));
        everybody = everybody && isWhole;
        anybody = anybody || here != 0;
    }
    return anybody && (barrier.expected == 0 ? everybody : arrived >= barrier.expected);
}

void BlockRunner::releaseBarriers()
{
    m_barrierTouched = false;
    for (std::uint8_t number = 0; number < m_barriers.size(); ++number)
        if (m_barriers[number].inUse && isComplete(m_barriers[number]))
            releaseBarrier(number);
}

/// Tells the checks who meets whom. Lanes of one warp that reach a barrier at different places only get past it here:
/// the hardware makes no promise.
void BlockRunner::meetAtBarrier(std::uint8_t number)
{
    std::uint32_t waiting = 0;
    std::uint32_t arrived = 0;
    bool everybody = true;
    for (Warp& warp : m_warps) {
        const LaneGroup* first = nullptr;
        std::uint32_t here = warp.exited;
        for (const LaneGroup& group : warp.waiting) {
            if (group.state != LaneGroup::State::Barrier || group.barrier != number)
                continue;
            here |= group.mask;
            if (first != nullptr && first->pc != group.pc && m_program.code[group.pc - 1].isAligned)
                raiseDivergentBarrier(warp, *first, group);
            first = &group;
        }
        const std::uint32_t bit = std::uint32_t{1} << warp.index;
        waiting |= first != nullptr ? bit : 0;
        arrived |= m_barriers[number].arrived[warp.index] != 0 ? bit : 0;
        everybody = everybody && here == kAllLanes;
    }
    m_checks->onBarrier(number, waiting, arrived, everybody);
    if (everybody && m_checks->unwrittenShared && !m_state.fault)
        m_state.fault = m_checks->unwrittenShared;
}

void BlockRunner::raiseDivergentBarrier(Warp& warp, const LaneGroup& one, const LaneGroup& other)
{
    const auto name = [&](const LaneGroup& group) {
        const auto lane = static_cast<std::uint32_t>(std::countr_zero(group.mask));
        return threadName(m_state, warp.index * kLanes + lane) + lineName(m_program, group.pc - 1);
    };
    const LaneGroup& later = one.pc < other.pc ? other : one;
    warp.raise(m_program.code[later.pc - 1], static_cast<std::uint32_t>(std::countr_zero(later.mask)), Verdict::Timeout,
               fmt::format("barrier in divergent code: {} and {} are of one warp and wait at different barriers",
                           name(one), name(other)));
}

void BlockRunner::releaseBarrier(std::uint8_t number)
{
    NamedBarrier& barrier = m_barriers[number];
    if (m_checks)
        meetAtBarrier(number);
    for (Warp& warp : m_warps) {
        bool released = false;
        for (LaneGroup& group : warp.waiting) {
            if (group.state != LaneGroup::State::Barrier || group.barrier != number)
                continue;
            group.state = LaneGroup::State::Ready;
            released = true;
            const Instruction& instruction = m_program.code[group.pc - 1];
            if (instruction.operand[2] == kNoOperand)
                continue;
            const auto reduction = static_cast<BarrierReduction>(instruction.target);
            if (reduction == BarrierReduction::Population) {
                std::uint32_t* result = warp.lanes<std::uint32_t>(instruction.operand[2]);
                for (std::uint32_t rest = group.mask; rest != 0; rest &= rest - 1)
                    result[std::countr_zero(rest)] = barrier.popcount;
            } else {
                const bool value = reduction == BarrierReduction::All ? barrier.all : barrier.any;
                std::uint32_t& predicate = warp.predicate(instruction.operand[2]);
                predicate = (predicate & ~group.mask) | (value ? group.mask : 0);
            }
        }
        if (released)
            warp.resume();
        barrier.arrived[warp.index] = 0;
    }
    barrier.expected = barrier.popcount = 0;
    barrier.all = true;
    barrier.any = barrier.inUse = false;
    if (m_state.probe != nullptr)
        m_state.probe->onBarrier();
}

}  // namespace warploom::emulator
