// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/Warp.h"

#include <algorithm>

namespace warploom::emulator {

void Warp::start(std::uint32_t lanes)
{
    exited = ~lanes;
    endedAt = kNoOperand;
    pc = 0;
    active = lanes;
    polls = 0;
    waiting.clear();
    updateMeetingPoint();
}

void Warp::updateMeetingPoint()
{
    meetAt = 0xffffffffu;
    for (const LaneGroup& group : waiting)
        if (group.state != LaneGroup::State::Barrier)
            meetAt = std::min(meetAt, group.pc);
}

void Warp::park(const LaneGroup& group)
{
    waiting.push_back(group);
    updateMeetingPoint();
}

bool Warp::canRun(const LaneGroup& group) const
{
    if (group.state == LaneGroup::State::Ready)
        return true;
    if (group.state == LaneGroup::State::Barrier)
        return false;
    std::uint32_t present = exited;
    for (const LaneGroup& other : waiting)
        if (other.pc == group.pc && other.state != LaneGroup::State::Barrier)
            present |= other.mask;
    return (group.needed & ~present) == 0;
}

bool Warp::resume()
{
    if (active != 0)
        waiting.push_back({pc, active, 0, LaneGroup::State::Ready, 0});
    active = 0;
    const LaneGroup* next = nullptr;
    for (const LaneGroup& group : waiting)
        if ((next == nullptr || group.pc < next->pc) && canRun(group))
            next = &group;
    if (next != nullptr) {
        pc = next->pc;
        std::erase_if(waiting, [this](const LaneGroup& group) {
            if (group.pc != pc || group.state == LaneGroup::State::Barrier)
                return false;
            active |= group.mask;
            return true;
        });
    }
    updateMeetingPoint();
    return active != 0;
}

void Warp::yield()
{
    polls = 0;
    const auto other = std::find_if(waiting.begin(), waiting.end(), [this](const LaneGroup& group) {
        return group.state == LaneGroup::State::Ready || (group.state == LaneGroup::State::Rendezvous && canRun(group));
    });
    if (other == waiting.end())
        return;
    const LaneGroup chosen = *other;
    waiting.erase(other);
    waiting.push_back({pc, active, 0, LaneGroup::State::Ready, 0});
    pc = chosen.pc;
    active = chosen.mask;
    meetAt = 0xffffffffu;  // it overtakes: nobody to meet until its time is up
    rests = false;
}

void Warp::raise(const Instruction& instruction, std::uint32_t lane, Verdict verdict, std::string message)
{
    if (block->fault)
        return;
    const InstructionInfo& info = block->program->infos[pcOf(instruction)];
    const std::uint32_t thread = index * kLanes + lane;
    const auto& extent = block->blockExtent;
    Fault fault;
    fault.verdict = verdict;
    fault.message = std::move(message);
    fault.place = {block->program->sourceFile, info.location.line, info.location.column};
    fault.instruction = std::string(info.text);
    fault.block.assign(block->block.begin(), block->block.end());
    fault.thread = {thread % extent[0], thread / extent[0] % extent[1], thread / (extent[0] * extent[1])};
    block->fault = std::move(fault);
}

}  // namespace warploom::emulator
