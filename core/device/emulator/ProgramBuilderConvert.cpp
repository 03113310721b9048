// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "device/emulator/ConversionCode.h"
#include "device/emulator/ProgramBuilder.h"

namespace warploom::emulator {

namespace {

/// False for a modifier that is not known.
bool readModifier(std::string_view part, ConversionCode& code)
{
    static constexpr std::pair<std::string_view, Rounding> kRoundings[]{
        {"rn", Rounding::Nearest}, {"rz", Rounding::Zero},     {"rm", Rounding::Down},
        {"rp", Rounding::Up},      {"rni", Rounding::Nearest}, {"rzi", Rounding::Zero},
        {"rmi", Rounding::Down},   {"rpi", Rounding::Up},      {"rna", Rounding::NearestAway},
    };
    for (const auto& [name, rounding] : kRoundings) {
        if (part != name)
            continue;
        code.rounding = rounding;
        code.integral = part.size() == 3 && part.back() == 'i';
        return true;
    }
    bool* flag = part == "ftz" ? &code.flush
        : part == "sat"        ? &code.saturate
        : part == "relu"       ? &code.relu
        : part == "satfinite"  ? &code.satFinite
                               : nullptr;
    if (flag != nullptr)
        *flag = true;
    return flag != nullptr;
}

char letterOf(PtxType type)
{
    const std::uint32_t bits = ptxBits(type);
    return bits <= 16 ? 'H' : bits == 32 ? 'W' : 'L';
}

}  // namespace

Result<> ProgramBuilder::decodeConvert(Frame& frame)
{
    const auto& parts = m_current.parts;
    const auto& operands = m_current.instruction->operands;
    if (parts.size() < 3)
        return notEmulated();
    const auto to = ptxTypeFromName(parts[parts.size() - 2]);
    const auto from = ptxTypeFromName(parts.back());
    if (!to || !from)
        return notEmulated();
    ConversionCode code;
    code.to = *to;
    code.from = *from;
    for (std::size_t i = 1; i + 2 < parts.size(); ++i)
        if (!readModifier(parts[i], code))
            return notEmulated();
    const auto isEighths = [](PtxType type) { return type == PtxType::E4m3x2 || type == PtxType::E5m2x2; };
    if (isEighths(*to) || isEighths(*from))
        return decodeConvertEighths(frame, code);
    const bool isPair = *to == PtxType::F16x2 || *to == PtxType::Bf16x2;
    if (isPair) {
        if (*from != PtxType::F32 || operands.size() != 3)
            return notEmulated();
        code.to = *to == PtxType::F16x2 ? PtxType::F16 : PtxType::Bf16;
        const OpcodeRow* row = m_handlers.find("convert.W=WW");
        WARPLOOM_CHECK(decodeWithRow(frame, *row, {&operands[0], &operands[1], &operands[2]}));
        m_program.code.back().immediate = code.pack();
        return {};
    }
    if (operands.size() != 2 || ptxBits(*from) > 64 || ptxBits(*to) > 64 || *from == PtxType::F16x2
        || *from == PtxType::Tf32)
        return notEmulated();
    std::string fast(m_current.instruction->opcode);
    const OpcodeRow* row = m_handlers.find(fast);
    if (row == nullptr)
        row = m_handlers.find(fmt::format("convert.{}={}", letterOf(*to), letterOf(*from)));
    WARPLOOM_TRY(const std::uint32_t a, source(frame, operands[1], ptxBits(*from) <= 16 ? 2 : ptxBits(*from) / 8));
    WARPLOOM_TRY(const std::uint32_t d,
                 destination(frame, operands[0], ptxBits(*to) <= 16 ? 2 : ptxBits(*to) / 8, isSigned(*to)));
    emitRow(*row, {d, a}, code.pack());
    return {};
}

/// Pairs of e4m3 or e5m2 from two floats or a pair of halves, and back to halves.
Result<> ProgramBuilder::decodeConvertEighths(Frame& frame, ConversionCode code)
{
    const auto& operands = m_current.instruction->operands;
    const auto elementOf = [](PtxType pair) {
        return pair == PtxType::E4m3x2 ? PtxType::E4m3 : pair == PtxType::E5m2x2 ? PtxType::E5m2 : PtxType::F16;
    };
    const bool fromSingles = code.from == PtxType::F32 && operands.size() == 3;
    const bool toHalves = code.to == PtxType::F16x2;
    const bool betweenPairs = (toHalves || code.from == PtxType::F16x2) && operands.size() == 2;
    if (!fromSingles && !betweenPairs)
        return notEmulated();
    code.to = elementOf(code.to);
    code.from = fromSingles ? PtxType::F32 : elementOf(code.from);
    std::vector<const PtxOperand*> places;
    for (const PtxOperand& operand : operands)
        places.push_back(&operand);
    const OpcodeRow* row = m_handlers.find(fromSingles    ? "convert.H=WW"
                                               : toHalves ? "convert.pairs.W=H"
                                                          : "convert.pairs.H=W");
    WARPLOOM_CHECK(decodeWithRow(frame, *row, places));
    m_program.code.back().immediate = code.pack();
    return {};
}

}  // namespace warploom::emulator
