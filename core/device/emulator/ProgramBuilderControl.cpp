// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include <fmt/format.h>

#include "device/emulator/ProgramBuilder.h"

namespace warploom::emulator {

namespace {

constexpr std::size_t kDeepestCall = 64;

InstructionInfo controlInfo(float slots = 1)
{
    InstructionInfo info;
    info.pipe = Pipe::Control;
    info.issueSlots = slots;
    return info;
}

}  // namespace

Result<> ProgramBuilder::decodeBranch(Frame& frame)
{
    const auto& operands = m_current.instruction->operands;
    const auto target =
        operands.size() == 1 ? frame.function->findLabel(operands[0].text, m_current.instruction->scope) : std::nullopt;
    if (!target)
        return malformed("a branch goes to a label that is not there");
    Instruction instruction;
    instruction.control = Control::Branch;
    frame.branches.emplace_back(append(instruction, controlInfo()), *target);
    return {};
}

Result<> ProgramBuilder::decodeBranchIndexed(Frame& frame)
{
    const auto& operands = m_current.instruction->operands;
    const auto list = operands.size() == 2 ? frame.function->branchTargets.find(operands[1].text)
                                           : frame.function->branchTargets.end();
    if (list == frame.function->branchTargets.end())
        return malformed("an indexed branch needs a list of targets");
    std::vector<std::uint32_t> bodies;
    for (const std::string_view label : list->second) {
        const auto target = frame.function->findLabel(label, m_current.instruction->scope);
        if (!target)
            return malformed("a list of targets names a label that is not there");
        bodies.push_back(*target);
    }
    Instruction instruction;
    instruction.control = Control::BranchIndexed;
    WARPLOOM_TRY(instruction.operand[0], source(frame, operands[0], 4));
    instruction.target = static_cast<std::uint32_t>(m_program.branchTables.size());
    m_program.branchTables.emplace_back();
    frame.tables.emplace_back(instruction.target, std::move(bodies));
    InstructionInfo info = controlInfo(2);
    info.reads.push_back(instruction.operand[0]);
    append(instruction, std::move(info));
    return {};
}

Result<> ProgramBuilder::decodeReturn(Frame& frame)
{
    Instruction instruction;
    const bool leavesKernel = m_current.parts.front() == "exit" || m_callStack.size() == 1;
    instruction.control = leavesKernel ? Control::Exit : Control::Branch;
    const std::uint32_t code = append(instruction, controlInfo());
    if (!leavesKernel)
        frame.returns.push_back(code);
    return {};
}

/// call[.uni] [(result),] function[, (arguments)][, prototype]
Result<> ProgramBuilder::decodeCall(Frame& frame)
{
    const auto& operands = m_current.instruction->operands;
    static const std::vector<PtxOperand> kNone;
    std::size_t next = 0;
    const bool hasResult = !operands.empty() && operands[0].kind == PtxOperand::Kind::Vector;
    const auto& results = hasResult ? operands[next++].elements : kNone;
    if (next >= operands.size())
        return malformed("a call names no function");
    const std::string_view name = operands[next++].text;
    const auto& arguments =
        next < operands.size() && operands[next].kind == PtxOperand::Kind::Vector ? operands[next].elements : kNone;
    const PtxFunction* callee = m_module.findFunction(name);
    if (callee == nullptr)
        return notEmulated("a call through a pointer");
    if (callee->isDeclaration)
        return name == "__assertfail" ? decodeTrap("an assertion of the kernel failed")
                                      : notEmulated(fmt::format("a call of {}", name));
    if (std::find(m_callStack.begin(), m_callStack.end(), callee) != m_callStack.end()
        || m_callStack.size() > kDeepestCall)
        return notEmulated("recursion");
    if (++m_calls > kMostCalls)
        return notEmulated("the kernel is too large once its calls are inlined");
    if (callee->parameters.size() != arguments.size() || callee->results.size() != results.size())
        return malformed("a call passes another number of arguments than the function takes");
    return inlineCall(frame, *callee, arguments, results);
}

Result<> ProgramBuilder::inlineCall(Frame& frame, const PtxFunction& callee, const std::vector<PtxOperand>& arguments,
                                    const std::vector<PtxOperand>& results)
{
    Frame inner;
    inner.function = &callee;
    const auto bind = [&](const std::vector<PtxVariable>& formals, const std::vector<PtxOperand>& actuals) -> Result<> {
        for (std::size_t i = 0; i < formals.size(); ++i) {
            const PtxVariable* actual = findVariable(frame, actuals[i].text);
            const auto place = frame.places.find(actual);
            if (formals[i].space != PtxSpace::Parameter || place == frame.places.end())
                return notEmulated("arguments that are not passed in .param variables");
            if (actual->bytes < formals[i].bytes)
                return malformed("an argument is smaller than its parameter");
            inner.places[&formals[i]] = place->second;
        }
        return {};
    };
    WARPLOOM_CHECK(bind(callee.parameters, arguments));
    WARPLOOM_CHECK(bind(callee.results, results));
    const Current caller = m_current;
    std::optional<std::uint32_t> skip;
    if (caller.guard != kNoOperand) {  // lanes that do not call go around
        Instruction branch;
        branch.control = Control::Branch;
        skip = append(branch, controlInfo());
        m_program.code[*skip].guardNegated = !caller.instruction->guardNegated;
    }
    m_callStack.push_back(&callee);
    WARPLOOM_CHECK(decodeFunction(inner));
    WARPLOOM_CHECK(resolveBranches(inner));
    m_callStack.pop_back();
    if (skip)
        m_program.code[*skip].target = static_cast<std::uint32_t>(m_program.code.size());
    m_current = caller;
    return {};
}

/// bar.sync a[, b] · bar.arrive a, b · bar.red.op d, a[, b], p · bar.warp.sync mask
Result<> ProgramBuilder::decodeBarrier(Frame& frame)
{
    const auto& operands = m_current.instruction->operands;
    const auto has = [this](std::string_view part) {
        return std::find(m_current.parts.begin(), m_current.parts.end(), part) != m_current.parts.end();
    };
    if (has("cluster"))
        return notEmulated("clusters");
    if (has("warp")) {
        WARPLOOM_CHECK(decodeRow(frame, "bar.warp.sync"));
        m_program.code.back().syncMask = m_program.code.back().operand[0];
        m_program.code.back().ordering = Ordering::kMeeting;
        return {};
    }
    const bool reduces = has("red");
    Instruction instruction;
    instruction.control = has("arrive") ? Control::BarrierArrive : Control::Barrier;
    instruction.isAligned = m_current.parts.front() == "bar" || has("aligned");
    InstructionInfo info = controlInfo();
    std::size_t next = reduces ? 1 : 0;
    const std::size_t last = operands.size() - (reduces && !operands.empty() ? 1 : 0);
    if (next >= last || last - next > 2)
        return malformed("a barrier needs its number, and at most a count of threads");
    for (std::size_t slot = 0; next < last; ++slot, ++next) {
        WARPLOOM_TRY(instruction.operand[slot], source(frame, operands[next], 4));
        info.reads.push_back(instruction.operand[slot]);
    }
    if (reduces) {
        const bool counts = has("popc");
        const auto reduction = counts ? BarrierReduction::Population
            : has("and")              ? BarrierReduction::All
                                      : BarrierReduction::Any;
        instruction.target = static_cast<std::uint32_t>(reduction);
        WARPLOOM_TRY(instruction.operand[3], predicateSource(frame, operands.back()));
        WARPLOOM_TRY(instruction.operand[2], destination(frame, operands[0], counts ? 4 : 0));
        info.reads.push_back(instruction.operand[3]);
        info.writes.push_back(instruction.operand[2]);
    }
    append(instruction, std::move(info));
    return {};
}

Result<> ProgramBuilder::decodeTrap(std::string_view why)
{
    Instruction instruction;
    instruction.control = Control::Trap;
    const std::uint32_t code = append(instruction, controlInfo());
    if (!why.empty())
        m_program.trapReasons[code] = std::string(why);
    return {};
}

}  // namespace warploom::emulator
