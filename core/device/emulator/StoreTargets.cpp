// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/StoreTargets.h"

#include <algorithm>
#include <bit>

namespace warploom::emulator {

namespace {

/// What a register's value was made of: one bit a parameter, and these.
using Origins = std::uint64_t;
constexpr Origins kVariables = Origins{1} << 63;
constexpr Origins kLaterParameters = Origins{1} << 62;  ///< those that have no bit of their own
constexpr std::size_t kOwnBits = 62;

Origins bitOf(std::size_t parameter) { return parameter < kOwnBits ? Origins{1} << parameter : kLaterParameters; }

class OriginFinder {
public:
    OriginFinder(const Program& program, std::size_t registers)
        : m_program(program)
        , m_origins(registers)
        , m_constants(registers, nullptr)
    {
        for (const ConstantPlace& constant : program.constants)
            m_constants[constant.frameOffset] = &constant;
        for (const SymbolUse& use : program.symbols)
            m_origins[program.constants[use.constant].frameOffset] = kVariables;
    }

    StoreTargets find()
    {
        while (propagate()) { }
        StoreTargets targets;
        for (std::size_t pc = 0; pc < m_program.code.size(); ++pc)
            addStore(pc, targets);
        return targets;
    }

private:
    [[nodiscard]] Origins read(std::size_t pc) const
    {
        Origins origins = 0;
        for (const std::uint32_t number : m_program.infos[pc].reads)
            origins |= m_origins[number];
        return origins;
    }

    [[nodiscard]] Origins result(std::size_t pc) const
    {
        const InstructionInfo& info = m_program.infos[pc];
        if (info.access == AccessKind::None)
            return read(pc);
        return info.access == AccessKind::Load && info.space == PtxSpace::Parameter ? loadedParameter(pc) : 0;
    }

    [[nodiscard]] Origins loadedParameter(std::size_t pc) const
    {
        const auto& offsets = m_program.parameterOffsets;
        const auto& reads = m_program.infos[pc].reads;
        const ConstantPlace* base = nullptr;
        for (const std::uint32_t number : reads)
            base = m_constants[number] != nullptr ? m_constants[number] : base;
        if (base == nullptr && !reads.empty())
            return ~kVariables;  // an index into a parameter: any of them
        const std::uint64_t place =
            (base == nullptr ? 0 : base->bits) + static_cast<std::uint64_t>(m_program.code[pc].immediate);
        const auto above = std::upper_bound(offsets.begin(), offsets.end(), place);
        return above == offsets.begin() ? 0 : bitOf(static_cast<std::size_t>(above - offsets.begin()) - 1);
    }

    bool propagate()
    {
        bool changed = false;
        for (std::size_t pc = 0; pc < m_program.code.size(); ++pc) {
            const Origins origins = result(pc);
            for (const std::uint32_t number : m_program.infos[pc].writes) {
                changed = changed || (origins & ~m_origins[number]) != 0;
                m_origins[number] |= origins;
            }
        }
        return changed;
    }

    void addStore(std::size_t pc, StoreTargets& targets) const
    {
        const InstructionInfo& info = m_program.infos[pc];
        const bool writes = info.access == AccessKind::Store || info.access == AccessKind::Atomic;
        if (!writes || (info.space != PtxSpace::Global && info.space != PtxSpace::Generic))
            return;
        const std::uint32_t address = m_program.code[pc].operand[info.addressOperand];
        const Origins origins = address == kNoOperand ? 0 : m_origins[address];
        targets.anywhere = targets.anywhere || origins == 0;
        targets.variables = targets.variables || (origins & kVariables) != 0;
        for (std::uint32_t i = 0; i < m_program.parameters.size(); ++i)
            if ((origins & bitOf(i)) != 0
                && std::find(targets.parameters.begin(), targets.parameters.end(), i) == targets.parameters.end())
                targets.parameters.push_back(i);
    }

    const Program& m_program;
    std::vector<Origins> m_origins;  ///< by register
    std::vector<const ConstantPlace*> m_constants;  ///< by register
};

}  // namespace

StoreTargets findStoreTargets(const Program& program, std::size_t registers)
{
    return OriginFinder(program, registers).find();
}

}  // namespace warploom::emulator
