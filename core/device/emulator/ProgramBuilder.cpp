// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/ProgramBuilder.h"

#include <algorithm>
#include <bit>
#include <tuple>

#include <fmt/format.h>

#include "device/emulator/GlobalShadow.h"
#include "device/emulator/StoreTargets.h"

namespace warploom::emulator {

namespace {

constexpr std::uint32_t kMostSharedUnit = 16;
constexpr std::uint32_t kMostSharedBytes = 16 << 20;
constexpr std::uint32_t kMostLocalBytes = 512 << 10;
constexpr std::uint32_t kMostParameterBytes = 64 << 10;
constexpr std::uint32_t kMostFrameBytes = 4 << 20;
// What of an address the cost of its access depends on: where in a sector, or in a bank, it begins.
constexpr std::uint32_t kGlobalPhase = 32;
constexpr std::uint32_t kSharedPhase = 4;

std::uint32_t aligned(std::uint64_t offset, std::uint64_t alignment)
{
    return static_cast<std::uint32_t>((offset + alignment - 1) / alignment * alignment);
}

std::string parameterType(const PtxVariable& variable)
{
    static constexpr std::pair<PtxType, const char*> kNames[]{
        {PtxType::B8, "b8"},   {PtxType::B16, "b16"}, {PtxType::B32, "b32"}, {PtxType::B64, "b64"},
        {PtxType::U8, "u8"},   {PtxType::U16, "u16"}, {PtxType::U32, "u32"}, {PtxType::U64, "u64"},
        {PtxType::S8, "s8"},   {PtxType::S16, "s16"}, {PtxType::S32, "s32"}, {PtxType::S64, "s64"},
        {PtxType::F16, "f16"}, {PtxType::F32, "f32"}, {PtxType::F64, "f64"},
    };
    for (const auto& [type, name] : kNames)
        if (type == variable.type)
            return variable.elements == 0 ? name : fmt::format("{}[{}]", name, variable.elements);
    return "b8";
}

/// Whether the same lanes go on behind it, whatever they find.
bool runsUnseen(const Instruction& instruction)
{
    return instruction.control == Control::Data && instruction.guard == kNoOperand && instruction.syncMask == kNoOperand
        && instruction.ordering == 0 && !instruction.polls;
}

}  // namespace

ProgramBuilder::ProgramBuilder(const PtxModule& module, const HandlerSet& handlers)
    : m_module(module)
    , m_handlers(handlers)
{
}

Result<Program> ProgramBuilder::build(const PtxFunction& entry)
{
    m_program.name = std::string(entry.name);
    m_program.mostThreads = static_cast<std::uint32_t>(std::min<std::uint64_t>(entry.mostThreads, 0xffffffffu));
    if (entry.needsCluster)
        return fail(ErrorCode::NotEmulated,
                    fmt::format("{} is compiled for thread block clusters, which are not emulated", entry.name));
    m_carry = temporary(0);
    WARPLOOM_CHECK(layOutParameters(entry));
    Frame frame;
    frame.function = &entry;
    m_callStack.push_back(&entry);
    WARPLOOM_CHECK(decodeFunction(frame));
    Instruction end;
    end.control = Control::Exit;
    m_current.guard = kNoOperand;
    append(end, {});
    WARPLOOM_CHECK(resolveBranches(frame));
    finishCosts();
    finishRuns();
    assignAccessSlots();
    finishChecks();
    allocateRegisters(m_program, m_registers);
    for (Instruction& instruction : m_program.code)
        for (std::size_t i = 1; i <= instruction.nanSources && instruction.nan != NanKind::None; ++i)
            instruction.overwritesSource =
                instruction.overwritesSource || instruction.operand[i] == instruction.operand[0];
    if (m_program.frameBytes > kMostFrameBytes)
        return fail(ErrorCode::NotEmulated,
                    fmt::format("{} needs {} bytes of registers a warp, which is too much to emulate", entry.name,
                                m_program.frameBytes));
    return std::move(m_program);
}

Result<> ProgramBuilder::layOutParameters(const PtxFunction& entry)
{
    std::uint64_t offset = 0;
    for (const PtxVariable& variable : entry.parameters) {
        offset = aligned(offset, variable.alignment);
        m_program.parameterOffsets.push_back(static_cast<std::uint32_t>(offset));
        m_program.parameters.push_back({static_cast<std::uint32_t>(variable.bytes),
                                        static_cast<std::uint32_t>(variable.alignment), parameterType(variable)});
        offset += variable.bytes;
        if (offset > kMostParameterBytes)
            return fail(ErrorCode::InvalidInput,
                        fmt::format("the parameters of {} are larger than 64 KiB", entry.name));
    }
    m_program.parameterBytes = static_cast<std::uint32_t>(offset);
    return {};
}

Result<> ProgramBuilder::placeVariables(Frame& frame)
{
    std::uint64_t shared = m_program.staticShared;
    std::uint64_t local = m_program.localBytes;
    for (const PtxVariable& variable : frame.function->variables) {
        std::uint64_t& space = variable.space == PtxSpace::Shared ? shared : local;
        space = aligned(space, variable.alignment);
        frame.places[&variable] = static_cast<std::uint32_t>(space);
        space += variable.bytes;
        if (shared > kMostSharedBytes || local > kMostLocalBytes)
            return malformed("the variables of the function are too large");
    }
    m_program.staticShared = static_cast<std::uint32_t>(shared);
    m_program.localBytes = static_cast<std::uint32_t>(aligned(local, 16));
    return {};
}

Result<> ProgramBuilder::decodeFunction(Frame& frame)
{
    WARPLOOM_CHECK(placeVariables(frame));
    for (const PtxRegisters& registers : frame.function->registers)
        frame.declarations[registers.name].push_back(&registers);
    frame.codeAt.reserve(frame.function->body.size() + 1);
    for (const PtxInstruction& instruction : frame.function->body) {
        frame.codeAt.push_back(static_cast<std::uint32_t>(m_program.code.size()));
        WARPLOOM_CHECK(decodeInstruction(frame, instruction));
        if (m_program.code.size() > kMostInstructions)
            return notEmulated("the kernel is too large once its calls are inlined");
    }
    frame.codeAt.push_back(static_cast<std::uint32_t>(m_program.code.size()));
    return {};
}

Result<> ProgramBuilder::resolveBranches(Frame& frame)
{
    for (const auto& [code, body] : frame.branches)
        m_program.code[code].target = frame.codeAt[body];
    for (const std::uint32_t code : frame.returns)
        m_program.code[code].target = frame.codeAt.back();
    for (const auto& [table, bodies] : frame.tables)
        for (const std::uint32_t body : bodies)
            m_program.branchTables[table].push_back(frame.codeAt[body]);
    return {};
}

Result<> ProgramBuilder::decodeInstruction(Frame& frame, const PtxInstruction& instruction)
{
    m_current = {};
    m_current.instruction = &instruction;
    std::string_view rest = instruction.opcode;
    while (!rest.empty()) {
        const auto dot = rest.find('.');
        m_current.parts.push_back(rest.substr(0, dot));
        rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    }
    WARPLOOM_CHECK(decodeGuard(frame));
    WARPLOOM_CHECK(decodeOpcode(frame));
    return finishWrites();
}

Result<> ProgramBuilder::decodeGuard(Frame& frame)
{
    const std::string_view name = m_current.instruction->guard;
    if (name.empty())
        return {};
    const auto guard = registerOf(frame, name);
    if (!guard || m_registers[*guard].bytes != 0)
        return malformed("the guard is no predicate register");
    m_current.guard = *guard;
    return {};
}

tl::unexpected<Error> ProgramBuilder::notEmulated(std::string_view why) const
{
    const PtxInstruction& instruction = *m_current.instruction;
    const auto file = m_module.files.find(instruction.location.file);
    SourcePlace place{file == m_module.files.end() ? std::string() : file->second, instruction.location.line,
                      instruction.location.column};
    return fail(Error{ErrorCode::NotEmulated,
                      fmt::format("the emulator does not know the instruction \"{}\"{}{}", instruction.text,
                                  why.empty() ? "" : ": ", why),
                      std::move(place), "", ""});
}

tl::unexpected<Error> ProgramBuilder::malformed(std::string_view why) const
{
    SourcePlace place{"PTX", m_current.instruction == nullptr ? 0 : m_current.instruction->ptxLine, 0};
    std::string text = m_current.instruction == nullptr ? std::string() : std::string(m_current.instruction->text);
    return fail(Error{ErrorCode::InvalidInput, fmt::format("PTX contradicts itself: {}", why), std::move(place), "",
                      std::move(text)});
}

std::uint32_t ProgramBuilder::append(const Instruction& appended, InstructionInfo info)
{
    Instruction& instruction = m_program.code.emplace_back(appended);
    instruction.guard = m_current.guard;
    if (m_current.instruction != nullptr) {
        instruction.guardNegated = m_current.instruction->guardNegated;
        info.text = m_current.instruction->text;
        info.location = m_current.instruction->location;
    }
    if (instruction.guard != kNoOperand)
        info.reads.push_back(instruction.guard);
    if (instruction.syncMask != kNoOperand)
        info.reads.push_back(instruction.syncMask);
    m_program.infos.push_back(std::move(info));
    return static_cast<std::uint32_t>(m_program.code.size() - 1);
}

/// What the checks of races and unwritten memory need to know beforehand.
void ProgramBuilder::finishChecks()
{
    std::uint32_t shared = kMostSharedUnit;
    std::uint32_t global = 1u << GlobalShadow::kMostUnitShift;
    for (const InstructionInfo& info : m_program.infos) {
        if (info.access == AccessKind::None)
            continue;
        const bool isGeneric = info.space == PtxSpace::Generic;
        const std::uint32_t bytes = info.accessBytes;
        if (info.space == PtxSpace::Shared || isGeneric || info.copiesToShared)
            shared = std::min(shared, bytes);
        if (info.space == PtxSpace::Global || isGeneric)
            global = std::min(global, bytes);
    }
    m_program.sharedUnitShift = static_cast<std::uint32_t>(std::countr_zero(shared));
    m_program.globalUnitShift = static_cast<std::uint32_t>(std::countr_zero(global));
    m_program.stored = findStoreTargets(m_program, m_registers.size());
}

/// Says how far instructions run without being looked at, and with which handlers.
void ProgramBuilder::finishRuns()
{
    const auto& code = m_program.code;
    m_program.straight.assign(code.size(), 0);
    m_program.watched.assign(code.size(), nullptr);
    for (std::size_t pc = code.size(); pc-- > 0;) {
        if (runsUnseen(code[pc]))
            m_program.straight[pc] = 1 + (pc + 1 < code.size() ? m_program.straight[pc + 1] : 0);
        m_program.watched[pc] = code[pc].nan == NanKind::None ? code[pc].run : m_program.infos[pc].watched;
    }
}

/// Gives memory instructions the places where their latest patterns are kept. Those that differ in a constant offset
/// only share one, as unrolled loops have them.
void ProgramBuilder::assignAccessSlots()
{
    std::vector<bool> isTarget(m_program.code.size() + 1);
    for (const Instruction& instruction : m_program.code)
        if (instruction.control == Control::Branch)
            isTarget[instruction.target] = true;
    for (const auto& table : m_program.branchTables)
        for (const std::uint32_t target : table)
            isTarget[target] = true;
    struct Slot {
        std::uint32_t number = 0;
        bool isOfBase = false;  ///< lanes are where the register says that says where they are now
    };
    std::map<std::tuple<Handler, std::uint32_t, std::uint32_t, std::uint64_t>, Slot> alike;
    for (std::size_t i = 0; i < m_program.code.size(); ++i) {
        Instruction& instruction = m_program.code[i];
        const InstructionInfo& info = m_program.infos[i];
        const bool isUnseen = runsUnseen(instruction);
        if (isTarget[i] || !isUnseen)
            alike.clear();  // from here on it may be other lanes
        if (info.access != AccessKind::None) {
            const auto phase = static_cast<std::uint64_t>(instruction.immediate) % kGlobalPhase;
            const bool isShared = info.space == PtxSpace::Shared;
            const auto [place, isNew] =
                alike.try_emplace({instruction.run, instruction.target, instruction.operand[info.addressOperand],
                                   isShared ? phase % kSharedPhase : phase},
                                  Slot{m_program.accessSlots});
            instruction.accessSlot = info.copiesToShared ? m_program.accessSlots : place->second.number;
            instruction.followsBase = place->second.isOfBase && !info.copiesToShared ? 1 : 0;
            place->second.isOfBase = isUnseen && !info.copiesToShared;
            if (isNew || info.copiesToShared)
                m_program.accessSlots += 2;
        }
        for (auto& [key, slot] : alike)
            if (std::ranges::find(info.writes, std::get<2>(key)) != info.writes.end())
                slot.isOfBase = false;
    }
}

void ProgramBuilder::finishCosts()
{
    static constexpr std::pair<Pipe, std::uint16_t> kLatencies[]{
        {Pipe::None, 0},    {Pipe::Integer, 5}, {Pipe::IntegerSum, 5}, {Pipe::IntegerProduct, 5},
        {Pipe::Single, 4},  {Pipe::Double, 8},  {Pipe::Half, 5},       {Pipe::Special, 18},
        {Pipe::Memory, 24}, {Pipe::Control, 8}, {Pipe::Tensor, 32},
    };
    for (InstructionInfo& info : m_program.infos)
        for (const auto& [pipe, latency] : kLatencies)
            if (pipe == info.pipe)
                info.latency = static_cast<std::uint16_t>(
                    latency + (info.issueSlots > 1 ? 4 * static_cast<int>(info.issueSlots) : 0));
    for (const auto& info : m_program.infos)
        if (const auto file = m_module.files.find(info.location.file); file != m_module.files.end()) {
            m_program.sourceFile = file->second;
            break;
        }
}

}  // namespace warploom::emulator
