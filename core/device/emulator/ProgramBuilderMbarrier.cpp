// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "device/emulator/BlockChecks.h"
#include "device/emulator/ProgramBuilder.h"

namespace warploom::emulator {

namespace {

/// All that may stand in an opcode of mbarrier that is emulated; expect_tx and clusters belong to TMA.
bool areKnown(const std::vector<std::string_view>& parts)
{
    static constexpr std::string_view kKnown[]{
        "mbarrier", "init",          "inval",   "arrive", "arrive_drop", "test_wait",
        "try_wait", "pending_count", "parity",  "shared", "shared::cta", "b64",
        "release",  "acquire",       "relaxed", "cta",    "cluster",
    };
    return std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
        return std::find(std::begin(kKnown), std::end(kKnown), part) != std::end(kKnown);
    });
}

}  // namespace

/// mbarrier.STEP…: arrivals are atomics that release, tests are loads that acquire.
Result<> ProgramBuilder::decodeMbarrier(Frame& frame)
{
    const auto& parts = m_current.parts;
    const auto& operands = m_current.instruction->operands;
    if (parts.size() < 3 || operands.empty() || !areKnown(parts))
        return notEmulated();
    const std::string_view step = parts[1];
    if (step == "pending_count") {
        if (operands.size() != 2)
            return notEmulated();
        WARPLOOM_TRY(const std::uint32_t state, source(frame, operands[1], 8));
        WARPLOOM_TRY(const std::uint32_t count, destination(frame, operands[0], 4));
        return emitNamed("mbarrier.pending_count.b64", {count, state}).map([](std::uint32_t) { });
    }
    if (step == "inval")
        return emitNamed("nop", {}).map([](std::uint32_t) { });
    if (step == "init") {
        if (operands.size() != 2)
            return notEmulated();
        WARPLOOM_TRY(const std::uint32_t count, source(frame, operands[1], 4));
        return emitMbarrier(frame, MbarrierStep::Initialise, operands[0], {kNoOperand, count});
    }
    if (operands.size() < 2)
        return notEmulated();
    if (step == "arrive" || step == "arrive_drop") {
        std::uint32_t count = constantOf(1, 4);
        if (operands.size() > 2) {
            WARPLOOM_TRY(count, source(frame, operands[2], 4));
        }
        WARPLOOM_TRY(const std::uint32_t state, destination(frame, operands[0], 8));
        return emitMbarrier(frame, step == "arrive" ? MbarrierStep::Arrive : MbarrierStep::Drop, operands[1],
                            {state, count});
    }
    const bool isParity = std::find(parts.begin(), parts.end(), "parity") != parts.end();
    if (operands.size() < 3)  // a fourth operand limits how long try_wait sleeps
        return notEmulated();
    WARPLOOM_TRY(const std::uint32_t asked, source(frame, operands[2], isParity ? 4 : 8));
    WARPLOOM_TRY(const std::uint32_t isOver, destination(frame, operands[0], 0));
    return emitMbarrier(frame, isParity ? MbarrierStep::TestParity : MbarrierStep::TestState, operands[1],
                        {isOver, asked});
}

/// \p others: result and last operand, or kNoOperand.
Result<> ProgramBuilder::emitMbarrier(Frame& frame, MbarrierStep step, const PtxOperand& address,
                                      std::array<std::uint32_t, 2> others)
{
    const bool isInit = step == MbarrierStep::Initialise;
    const bool arrives = step == MbarrierStep::Arrive || step == MbarrierStep::Drop;
    WARPLOOM_TRY(const PtxSpace space, spaceOfParts());
    if (space != PtxSpace::Shared && space != PtxSpace::Generic)
        return notEmulated();
    Instruction instruction;
    instruction.run = m_handlers.mbarrier(step);
    InstructionInfo info;
    info.pipe = Pipe::Memory;
    info.access = isInit ? AccessKind::Store : arrives ? AccessKind::Atomic : AccessKind::Load;
    info.accessBytes = 8;
    info.addressOperand = isInit ? 0 : 1;
    WARPLOOM_CHECK(decodeAddress(frame, address, space, info.addressOperand, instruction, info));
    instruction.polls = !isInit;
    if (arrives)
        instruction.ordering = Ordering::kFence;
    if (others[0] != kNoOperand) {
        instruction.operand[0] = others[0];
        info.writes.push_back(others[0]);
    }
    instruction.operand[info.addressOperand + 1u] = others[1];
    info.reads.push_back(others[1]);
    append(instruction, std::move(info));
    return {};
}

/// cp.async.mbarrier.arrive[.noinc]: the copies of these lanes have arrived, as they happen at once. Without .noinc the
/// arrival was not counted on, so that nothing is left of it.
Result<> ProgramBuilder::decodeCopyArrive(Frame& frame)
{
    const auto& parts = m_current.parts;
    const auto& operands = m_current.instruction->operands;
    if (parts.size() < 5 || parts[3] != "arrive" || operands.size() != 1)
        return notEmulated();
    WARPLOOM_CHECK(emitNamed("nop", {}).map(
        [&](std::uint32_t code) { m_program.code[code].ordering = CopyOrdering::kCommit | CopyOrdering::kAwait; }));
    if (std::find(parts.begin(), parts.end(), "noinc") == parts.end())
        return {};
    return emitMbarrier(frame, MbarrierStep::Arrive, operands[0], {temporary(8), constantOf(1, 4)});
}

}  // namespace warploom::emulator
