// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "device/emulator/BlockChecks.h"
#include "device/emulator/GlobalMemory.h"
#include "device/emulator/ProgramBuilder.h"

namespace warploom::emulator {

namespace {

bool has(const std::vector<std::string_view>& parts, std::string_view wanted)
{
    return std::find(parts.begin(), parts.end(), wanted) != parts.end();
}

bool isOrdered(const std::vector<std::string_view>& parts)
{
    return has(parts, "volatile") || has(parts, "relaxed") || has(parts, "acquire") || has(parts, "release")
        || has(parts, "mmio");
}

std::uint32_t vectorCount(const std::vector<std::string_view>& parts)
{
    return has(parts, "v2") ? 2 : has(parts, "v4") ? 4 : has(parts, "v8") ? 8 : 1;
}

}  // namespace

Result<PtxSpace> ProgramBuilder::spaceOfParts() const
{
    static constexpr std::pair<std::string_view, PtxSpace> kSpaces[]{
        {"global", PtxSpace::Global},          {"shared", PtxSpace::Shared},
        {"shared::cta", PtxSpace::Shared},     {"local", PtxSpace::Local},
        {"const", PtxSpace::Constant},         {"param", PtxSpace::Parameter},
        {"param::entry", PtxSpace::Parameter}, {"param::func", PtxSpace::Parameter},
    };
    if (has(m_current.parts, "shared::cluster"))
        return notEmulated("clusters");
    for (const auto& [name, space] : kSpaces)
        if (has(m_current.parts, name))
            return space;
    return PtxSpace::Generic;
}

/// Fills address operand, offset and space. Parameters of inlined calls live in local memory.
Result<> ProgramBuilder::decodeAddress(Frame& frame, const PtxOperand& operand, PtxSpace space, std::size_t slot,
                                       Instruction& instruction, InstructionInfo& info)
{
    if (operand.kind != PtxOperand::Kind::Address || !operand.elements.empty())
        return malformed("an operand should be an address");
    instruction.immediate = operand.offset;
    info.space = space;
    instruction.target = static_cast<std::uint32_t>(space) | MemoryTarget::kWide;
    if (operand.text.empty())
        return {};
    if (const auto base = registerOf(frame, operand.text)) {
        const std::uint32_t bytes = m_registers[*base].bytes;
        if (bytes != 4 && bytes != 8)
            return malformed("an address register should have 32 or 64 bits");
        instruction.operand[slot] = *base;
        info.reads.push_back(*base);
        if (bytes == 4)
            instruction.target &= ~MemoryTarget::kWide;
        return {};
    }
    const PtxVariable* variable = findVariable(frame, operand.text);
    if (variable == nullptr)
        return malformed("an address names nothing that is declared");
    if (space == PtxSpace::Parameter && frame.places.contains(variable)) {
        info.space = PtxSpace::Local;
        info.isHidden = true;
        instruction.target = static_cast<std::uint32_t>(PtxSpace::Local) | MemoryTarget::kWide;
    }
    instruction.operand[slot] = addressOf(frame, *variable, 0, 8);
    if (space == PtxSpace::Generic && variable->space == PtxSpace::Shared)
        return notEmulated("a generic access to a shared variable by name");
    info.reads.push_back(instruction.operand[slot]);
    return {};
}

Result<> ProgramBuilder::decodeLoadStore(Frame& frame)
{
    const auto& parts = m_current.parts;
    const auto& operands = m_current.instruction->operands;
    const bool isStore = parts.front() == "st";
    const auto type = ptxTypeFromName(parts.back());
    if (!type || operands.size() < 2 || has(parts, "async"))
        return notEmulated();
    WARPLOOM_TRY(const PtxSpace space, spaceOfParts());
    const MemoryHandlerKey key{isStore ? AccessKind::Store : AccessKind::Load, ptxBits(*type), vectorCount(parts),
                               isOrdered(parts)};
    Instruction instruction;
    instruction.run = m_handlers.memory(key);
    if (instruction.run == nullptr)
        return notEmulated();
    instruction.polls = key.ordered && !isStore;
    if (has(parts, "release"))
        instruction.ordering = Ordering::kFence | (has(parts, "cta") ? 0 : Ordering::kPublish);
    InstructionInfo info;
    info.pipe = space == PtxSpace::Parameter || space == PtxSpace::Constant ? Pipe::None : Pipe::Memory;
    info.issueSlots = space == PtxSpace::Parameter ? 0 : 1;
    info.access = key.access;
    info.accessBytes = static_cast<std::uint8_t>(key.bits / 8 * key.count);
    info.addressOperand = static_cast<std::uint8_t>(isStore ? 0 : key.count);
    WARPLOOM_CHECK(decodeAddress(frame, operands[isStore ? 0 : 1], space, info.addressOperand, instruction, info));
    if (has(parts, "volatile"))
        instruction.target |= MemoryTarget::kVolatile;
    const PtxOperand& values = operands[isStore ? 1 : 0];
    const bool isVector = values.kind == PtxOperand::Kind::Vector;
    if ((isVector ? values.elements.size() : 1) != key.count)
        return malformed("the vector has another length than the opcode says");
    const std::uint32_t bytes = std::max(ptxBits(*type) / 8, 2u);
    for (std::uint32_t k = 0; k < key.count; ++k) {
        const PtxOperand& value = isVector ? values.elements[k] : values;
        if (isStore) {
            WARPLOOM_TRY(const std::uint32_t from, source(frame, value, bytes));
            instruction.operand[k + 1] = from;
            info.reads.push_back(from);
        } else {
            WARPLOOM_TRY(const std::uint32_t to, destination(frame, value, bytes, isSigned(*type)));
            instruction.operand[k] = to;
            info.writes.push_back(to);
        }
    }
    if (info.isHidden)
        info.issueSlots = 0;
    append(instruction, info);
    if (*type == PtxType::S8)  // loaded without its sign: extend it within the 16-bit container
        for (const std::uint32_t written : info.writes)
            WARPLOOM_CHECK(emitNamed("cvt.s16.s8", {written, written}));
    return {};
}

Result<> ProgramBuilder::decodeAtomic(Frame& frame)
{
    static constexpr std::string_view kOperations[]{"add", "min",  "max", "and", "or",
                                                    "xor", "exch", "inc", "dec", "cas"};
    const auto& parts = m_current.parts;
    const auto& operands = m_current.instruction->operands;
    const auto type = ptxTypeFromName(parts.back());
    if (!type || has(parts, "async"))
        return notEmulated();
    WARPLOOM_TRY(const PtxSpace space, spaceOfParts());
    AtomicHandlerKey key{{}, *type, parts.front() == "atom", vectorCount(parts)};
    for (const std::string_view operation : kOperations)
        if (has(parts, operation))
            key.operation = operation;
    if (key.count > 1)
        return decodeVectorAtomic(frame, key);
    Instruction instruction;
    instruction.run = m_handlers.atomic(key);
    const std::size_t values = key.operation == "cas" ? 2 : 1;
    const std::size_t address = key.returnsOld ? 1 : 0;
    if (instruction.run == nullptr || operands.size() != address + 1 + values)
        return notEmulated();
    instruction.polls = true;
    const bool releases = has(parts, "release") || has(parts, "acq_rel");
    instruction.ordering = Ordering::kPublish | (releases ? Ordering::kFence : 0);
    InstructionInfo info;
    info.pipe = Pipe::Memory;
    info.access = AccessKind::Atomic;
    info.accessBytes = static_cast<std::uint8_t>(ptxBits(*type) / 8);
    info.addressOperand = static_cast<std::uint8_t>(address);
    WARPLOOM_CHECK(decodeAddress(frame, operands[address], space, address, instruction, info));
    const std::uint32_t bytes = std::max(ptxBits(*type) / 8, 2u);
    for (std::size_t k = 0; k < values; ++k) {
        WARPLOOM_TRY(const std::uint32_t from, source(frame, operands[address + 1 + k], bytes));
        instruction.operand[address + 1 + k] = from;
        info.reads.push_back(from);
    }
    if (key.returnsOld) {
        WARPLOOM_TRY(const std::uint32_t to, destination(frame, operands[0], bytes, isSigned(*type)));
        instruction.operand[0] = to;
        info.writes.push_back(to);
    }
    append(instruction, std::move(info));
    return {};
}

/// Sums into neighbours: each element is an update of its own, the address has to fit them all.
Result<> ProgramBuilder::decodeVectorAtomic(Frame& frame, AtomicHandlerKey key)
{
    const auto& operands = m_current.instruction->operands;
    const std::size_t address = key.returnsOld ? 1 : 0;
    WARPLOOM_TRY(const PtxSpace space, spaceOfParts());
    Instruction instruction;
    instruction.run = m_handlers.atomic(key);
    if (instruction.run == nullptr || operands.size() != address + 2)
        return notEmulated();
    const bool releases = has(m_current.parts, "release") || has(m_current.parts, "acq_rel");
    instruction.polls = true;
    instruction.ordering = Ordering::kPublish | (releases ? Ordering::kFence : 0);
    InstructionInfo info;
    info.pipe = Pipe::Memory;
    info.access = AccessKind::Atomic;
    info.accessBytes = static_cast<std::uint8_t>(ptxBits(key.type) / 8);
    info.pieces = static_cast<std::uint8_t>(key.count);
    WARPLOOM_CHECK(decodeAddress(frame, operands[address], space, 0, instruction, info));
    const std::uint32_t bytes = ptxBits(key.type) / 8;
    MatrixUse use;
    WARPLOOM_CHECK(addFragment(frame, operands[address + 1], {key.count, key.count, bytes}, false, use, info));
    if (key.returnsOld)
        WARPLOOM_CHECK(addFragment(frame, operands[0], {key.count, key.count, bytes}, true, use, info));
    instruction.target |= static_cast<std::uint32_t>(m_program.matrices.size()) << kMatrixShift;
    m_program.matrices.push_back(std::move(use));
    append(instruction, std::move(info));
    return {};
}

/// cp.async: the copy happens at once, so that committing and waiting have nothing to do.
Result<> ProgramBuilder::decodeCopyAsync(Frame& frame)
{
    const auto& parts = m_current.parts;
    const auto& operands = m_current.instruction->operands;
    if (parts.size() < 3 || parts[1] != "async" || has(parts, "bulk"))
        return notEmulated();
    if (parts[2] == "mbarrier")
        return decodeCopyArrive(frame);
    if (parts[2] == "commit_group" || parts[2] == "wait_group" || parts[2] == "wait_all") {
        const bool waitsForAll = parts[2] == "wait_all";
        if (parts[2] == "wait_group" && (operands.size() != 1 || operands[0].kind != PtxOperand::Kind::Integer))
            return malformed("a wait for groups needs their number");
        const std::uint64_t kept = parts[2] == "wait_group" ? operands[0].bits : 0;
        return emitNamed("nop", {}, static_cast<std::int64_t>(kept)).map([&](std::uint32_t code) {
            const std::uint8_t commits = parts[2] == "commit_group" || waitsForAll ? CopyOrdering::kCommit : 0;
            m_program.code[code].ordering = commits | (parts[2] == "commit_group" ? 0 : CopyOrdering::kAwait);
        });
    }
    const bool hasSize = operands.size() >= 3 && operands[2].kind == PtxOperand::Kind::Integer;
    Instruction instruction;
    if (hasSize)
        instruction.run = m_handlers.memory(
            {AccessKind::Atomic, static_cast<std::uint32_t>(8 * std::min<std::uint64_t>(operands[2].bits, 32)), 1,
             false});
    if (instruction.run == nullptr || !has(parts, "shared") + !has(parts, "shared::cta") > 1 || !has(parts, "global"))
        return notEmulated();
    InstructionInfo info;
    info.pipe = Pipe::Memory;
    info.access = AccessKind::Load;
    info.copiesToShared = true;
    info.accessBytes = static_cast<std::uint8_t>(std::min<std::uint64_t>(operands[2].bits, 16));
    Instruction from;
    WARPLOOM_CHECK(decodeAddress(frame, operands[0], PtxSpace::Shared, 0, instruction, info));
    WARPLOOM_CHECK(decodeAddress(frame, operands[1], PtxSpace::Global, 1, from, info));
    if ((from.target & MemoryTarget::kWide) == 0)
        return notEmulated();
    instruction.operand[1] = from.operand[1];
    instruction.immediate = (instruction.immediate & 0xffffffff)
        | static_cast<std::int64_t>(static_cast<std::uint64_t>(from.immediate) << 32);
    const bool hasPolicy = has(parts, "L2::cache_hint");
    if (operands.size() > 3 + (hasPolicy ? 1u : 0u)) {
        WARPLOOM_TRY(instruction.operand[2], source(frame, operands[3], 4));
        info.reads.push_back(instruction.operand[2]);
    }
    append(instruction, std::move(info));
    return {};
}

}  // namespace warploom::emulator
