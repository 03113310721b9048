// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <bit>
#include <charconv>

#include "device/emulator/GlobalMemory.h"
#include "device/emulator/ProgramBuilder.h"

namespace warploom::emulator {

namespace {

struct SpecialName {
    std::string_view name;
    SpecialRegister source;
};

constexpr std::array kSpecials{
    SpecialName{"%tid.x", SpecialRegister::TidX},
    SpecialName{"%tid.y", SpecialRegister::TidY},
    SpecialName{"%tid.z", SpecialRegister::TidZ},
    SpecialName{"%ntid.x", SpecialRegister::NtidX},
    SpecialName{"%ntid.y", SpecialRegister::NtidY},
    SpecialName{"%ntid.z", SpecialRegister::NtidZ},
    SpecialName{"%ctaid.x", SpecialRegister::CtaidX},
    SpecialName{"%ctaid.y", SpecialRegister::CtaidY},
    SpecialName{"%ctaid.z", SpecialRegister::CtaidZ},
    SpecialName{"%nctaid.x", SpecialRegister::NctaidX},
    SpecialName{"%nctaid.y", SpecialRegister::NctaidY},
    SpecialName{"%nctaid.z", SpecialRegister::NctaidZ},
    SpecialName{"%laneid", SpecialRegister::LaneId},
    SpecialName{"%warpid", SpecialRegister::WarpId},
    SpecialName{"%nwarpid", SpecialRegister::NumberOfWarps},
    SpecialName{"%lanemask_eq", SpecialRegister::LaneMaskEq},
    SpecialName{"%lanemask_lt", SpecialRegister::LaneMaskLt},
    SpecialName{"%lanemask_le", SpecialRegister::LaneMaskLe},
    SpecialName{"%lanemask_gt", SpecialRegister::LaneMaskGt},
    SpecialName{"%lanemask_ge", SpecialRegister::LaneMaskGe},
    SpecialName{"%dynamic_smem_size", SpecialRegister::DynamicSharedSize},
    SpecialName{"%total_smem_size", SpecialRegister::TotalSharedSize},
    SpecialName{"%smid", SpecialRegister::MultiprocessorId},
    SpecialName{"%nsmid", SpecialRegister::NumberOfMultiprocessors},
    SpecialName{"%gridid", SpecialRegister::GridId},
    // A launch without clusters is one of 1×1×1.
    SpecialName{"%clusterid.x", SpecialRegister::CtaidX},
    SpecialName{"%clusterid.y", SpecialRegister::CtaidY},
    SpecialName{"%clusterid.z", SpecialRegister::CtaidZ},
    SpecialName{"%nclusterid.x", SpecialRegister::NctaidX},
    SpecialName{"%nclusterid.y", SpecialRegister::NctaidY},
    SpecialName{"%nclusterid.z", SpecialRegister::NctaidZ},
    SpecialName{"%cluster_ctaid.x", SpecialRegister::Zero},
    SpecialName{"%cluster_ctaid.y", SpecialRegister::Zero},
    SpecialName{"%cluster_ctaid.z", SpecialRegister::Zero},
    SpecialName{"%cluster_ctarank", SpecialRegister::Zero},
    SpecialName{"%cluster_nctaid.x", SpecialRegister::One},
    SpecialName{"%cluster_nctaid.y", SpecialRegister::One},
    SpecialName{"%cluster_nctaid.z", SpecialRegister::One},
    SpecialName{"%cluster_nctarank", SpecialRegister::One},
};

bool isClock(std::string_view name)
{
    return name == "%clock" || name == "%clock64" || name == "%clock_hi" || name == "%globaltimer";
}

std::uint64_t literalBits(const PtxOperand& operand, std::uint32_t bytes)
{
    if (operand.kind == PtxOperand::Kind::Float64 && bytes == 4)
        return std::bit_cast<std::uint32_t>(static_cast<float>(std::bit_cast<double>(operand.bits)));
    if (operand.kind == PtxOperand::Kind::Float32 && bytes == 8)
        return std::bit_cast<std::uint64_t>(
            static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(operand.bits))));
    return operand.bits;
}

}  // namespace

const PtxRegisters* ProgramBuilder::findRegister(const Frame& frame, std::string_view name, std::uint64_t& index) const
{
    std::string_view prefix = name;
    while (!prefix.empty() && prefix.back() >= '0' && prefix.back() <= '9')
        prefix.remove_suffix(1);
    std::uint64_t number = 0;
    const bool hasNumber = prefix.size() < name.size()
        && std::from_chars(name.data() + prefix.size(), name.data() + name.size(), number).ec == std::errc();
    for (int scope = m_current.instruction->scope; scope >= 0;
         scope = frame.function->scopeParents[static_cast<std::size_t>(scope)]) {
        if (const auto exact = frame.declarations.find(name); exact != frame.declarations.end())
            for (const PtxRegisters* registers : exact->second)
                if (registers->scope == scope && registers->count == 0) {
                    index = 0;
                    return registers;
                }
        if (const auto many = frame.declarations.find(prefix); hasNumber && many != frame.declarations.end())
            for (const PtxRegisters* registers : many->second)
                if (registers->scope == scope && number < registers->count) {
                    index = number;
                    return registers;
                }
    }
    return nullptr;
}

std::optional<std::uint32_t> ProgramBuilder::registerOf(Frame& frame, std::string_view name)
{
    std::uint64_t index = 0;
    const PtxRegisters* declared = findRegister(frame, name, index);
    if (declared == nullptr)
        return std::nullopt;
    const auto [place, isNew] = frame.registers.try_emplace({declared, index}, 0);
    if (isNew)
        place->second = temporary(declared->type == PtxType::Pred ? 0 : std::max(ptxBits(declared->type) / 8, 2u));
    return place->second;
}

const PtxVariable* ProgramBuilder::findVariable(const Frame& frame, std::string_view name) const
{
    for (int scope = m_current.instruction->scope; scope >= 0;
         scope = frame.function->scopeParents[static_cast<std::size_t>(scope)])
        for (const PtxVariable& variable : frame.function->variables)
            if (variable.scope == scope && variable.name == name)
                return &variable;
    for (const auto* list : {&frame.function->parameters, &frame.function->results})
        for (const PtxVariable& variable : *list)
            if (variable.name == name)
                return &variable;
    return m_module.findVariable(name);
}

std::uint32_t ProgramBuilder::temporary(std::uint32_t bytes)
{
    m_registers.push_back({bytes, false});
    return static_cast<std::uint32_t>(m_registers.size() - 1);
}

std::uint32_t ProgramBuilder::constantOf(std::uint64_t bits, std::uint32_t bytes)
{
    if (bytes > 0 && bytes < 8)
        bits &= (std::uint64_t{1} << (8 * bytes)) - 1;
    const auto [place, isNew] = m_constants.try_emplace({bits, bytes}, 0);
    if (isNew) {
        place->second = temporary(bytes);
        m_registers.back().isPinned = true;
        m_program.constants.push_back({place->second, bytes, bits});
    }
    return place->second;
}

std::optional<std::uint32_t> ProgramBuilder::specialOf(std::string_view name)
{
    for (const SpecialName& special : kSpecials) {
        if (special.name != name)
            continue;
        const auto [place, isNew] = m_specials.try_emplace({special.source, 4}, 0);
        if (isNew) {
            place->second = temporary(4);
            m_registers.back().isPinned = true;
            m_program.specials.push_back({special.source, place->second, 4});
        }
        return place->second;
    }
    return std::nullopt;
}

std::uint32_t ProgramBuilder::addressOf(Frame& frame, const PtxVariable& variable, std::int64_t offset,
                                        std::uint32_t bytes)
{
    const auto constant = [&](std::uint64_t place) {
        return constantOf(place + static_cast<std::uint64_t>(offset), bytes);
    };
    if (const auto place = frame.places.find(&variable); place != frame.places.end())
        return constant(place->second);
    if (variable.space == PtxSpace::Shared) {
        // Unsized arrays are the dynamic part, which follows all that is static: fixed up at the launch.
        if (!variable.isExtern || variable.bytes > 0) {
            const auto [place, isNew] = m_moduleShared.try_emplace(&variable, 0);
            if (isNew) {
                const auto start =
                    (m_program.staticShared + variable.alignment - 1) / variable.alignment * variable.alignment;
                place->second = static_cast<std::uint32_t>(start);
                m_program.staticShared = static_cast<std::uint32_t>(start + variable.bytes);
            }
            return constant(place->second);
        }
        m_program.dynamicAlignment =
            std::max(m_program.dynamicAlignment, static_cast<std::uint32_t>(variable.alignment));
    }
    if (variable.space == PtxSpace::Parameter)
        for (std::size_t i = 0; i < m_callStack.front()->parameters.size(); ++i)
            if (&m_callStack.front()->parameters[i] == &variable)
                return constant(m_program.parameterOffsets[i]);
    const std::uint32_t number = temporary(bytes);
    m_registers.back().isPinned = true;
    m_program.symbols.push_back({static_cast<std::uint32_t>(m_program.constants.size()), variable.name, offset});
    m_program.constants.push_back({number, bytes, 0});
    return number;
}

Result<> ProgramBuilder::resize(std::uint32_t to, std::uint32_t from, bool isSigned)
{
    static constexpr std::array<std::string_view, 9> kUnsigned{"", "", "u16", "", "u32", "", "", "", "u64"};
    static constexpr std::array<std::string_view, 9> kSigned{"", "", "s16", "", "s32", "", "", "", "s64"};
    const std::uint32_t toBytes = m_registers[to].bytes;
    const std::uint32_t fromBytes = m_registers[from].bytes;
    if (toBytes > 8 || fromBytes > 8)
        return notEmulated("128-bit registers");
    if (toBytes == 0 || fromBytes == 0)
        return malformed("a predicate register stands where a number is needed");
    const auto& names = isSigned && toBytes > fromBytes ? kSigned : kUnsigned;
    const std::string opcode = "resize." + std::string(names[toBytes]) + "." + std::string(names[fromBytes]);
    return emitNamed(opcode, {to, from}).map([](std::uint32_t) { });
}

Result<std::uint32_t> ProgramBuilder::source(Frame& frame, const PtxOperand& operand, std::uint32_t bytes,
                                             bool isSigned)
{
    using Kind = PtxOperand::Kind;
    if (operand.kind == Kind::Integer || operand.kind == Kind::Float32 || operand.kind == Kind::Float64)
        return constantOf(literalBits(operand, bytes), bytes);
    if (operand.kind != Kind::Register)
        return malformed("an operand should be a register or a number");
    std::optional<std::uint32_t> found = registerOf(frame, operand.text);
    if (!found)
        found = specialOf(operand.text);
    if (!found && isClock(operand.text)) {
        found = temporary(8);
        WARPLOOM_CHECK(emitNamed("clock.u64", {*found}));
    }
    if (!found && operand.text == "WARP_SZ")
        return constantOf(kLanes, bytes);
    if (!found) {
        const PtxVariable* variable = findVariable(frame, operand.text);
        if (variable == nullptr && m_module.findFunction(operand.text) != nullptr)
            return notEmulated("function pointers");
        if (variable == nullptr)
            return notEmulated("an unknown name or special register");
        return addressOf(frame, *variable, operand.offset, bytes);
    }
    if (m_registers[*found].bytes == bytes)
        return *found;
    const std::uint32_t resized = temporary(bytes);
    WARPLOOM_CHECK(resize(resized, *found, isSigned));
    return resized;
}

Result<std::uint32_t> ProgramBuilder::predicateSource(Frame& frame, const PtxOperand& operand)
{
    if (operand.kind == PtxOperand::Kind::Integer)
        return constantOf(operand.bits != 0 ? kAllLanes : 0, 0);
    const auto found = operand.kind == PtxOperand::Kind::Register ? registerOf(frame, operand.text) : std::nullopt;
    if (!found || m_registers[*found].bytes != 0)
        return malformed("an operand should be a predicate register");
    if (!operand.negated)
        return *found;
    const std::uint32_t inverse = temporary(0);
    WARPLOOM_CHECK(emitNamed("not.pred", {inverse, *found}));
    return inverse;
}

Result<std::uint32_t> ProgramBuilder::destination(Frame& frame, const PtxOperand& operand, std::uint32_t bytes,
                                                  bool isSigned)
{
    if (operand.kind == PtxOperand::Kind::Sink)
        return temporary(bytes);
    const auto found = operand.kind == PtxOperand::Kind::Register ? registerOf(frame, operand.text) : std::nullopt;
    if (!found)
        return malformed("a result needs a register");
    if (m_registers[*found].bytes == bytes)
        return *found;
    if (m_registers[*found].bytes == 0 || bytes == 0)
        return malformed("a predicate register stands where a number is needed, or the other way round");
    const std::uint32_t narrow = temporary(bytes);
    m_current.resizes.push_back({*found, narrow, isSigned});
    return narrow;
}

Result<> ProgramBuilder::finishWrites()
{
    for (const auto& [to, from, isSigned] : m_current.resizes)
        WARPLOOM_CHECK(resize(to, from, isSigned));
    m_current.resizes.clear();
    return {};
}

}  // namespace warploom::emulator
