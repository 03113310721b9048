// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/PtxParser.h"

#include <bit>
#include <cstring>

namespace warploom::emulator {

namespace {

/// No variable of a kernel is larger: a bound on what hostile text can make us allocate.
constexpr std::uint64_t kMostVariableBytes = std::uint64_t{1} << 28;

}  // namespace

Result<PtxVariable> PtxParser::parseVariableType(PtxSpace space)
{
    PtxVariable variable;
    variable.space = space;
    variable.scope = m_scope;
    std::uint64_t vector = 1;
    bool hasType = false;
    std::uint64_t alignment = 0;
    while (m_token.kind == PtxToken::Kind::Directive) {
        const std::string_view word = m_token.text.substr(1);
        advance();
        if (word == "align") {
            WARPLOOM_TRY(alignment, expectInteger());
        } else if (word == "v2" || word == "v4") {
            vector = word == "v2" ? 2 : 4;
        } else if (const auto type = ptxTypeFromName(word)) {
            variable.type = *type;
            hasType = true;
        } else if (word == "attribute") {
            WARPLOOM_CHECK(expect("("));
            while (!accept(")")) {
                if (m_token.kind == PtxToken::Kind::End)
                    return unexpected("')'");
                advance();
            }
        }
    }
    if (!hasType)
        return unexpected("a type such as .b32");
    variable.bytes = std::max<std::uint64_t>(ptxBits(variable.type) / 8, 1) * vector;
    variable.alignment = alignment == 0 ? variable.bytes : alignment;
    if (!std::has_single_bit(variable.alignment) || variable.alignment > 4096)
        return unexpected("an alignment that is a power of two up to 4096");
    return variable;
}

Result<> PtxParser::parseVariableName(PtxVariable& variable)
{
    WARPLOOM_TRY(variable.name, expectWord("a variable name"));
    return parseDimensions(variable);
}

Result<> PtxParser::parseDimensions(PtxVariable& variable)
{
    bool isArray = false;
    std::uint64_t count = 1;
    while (accept("[")) {
        isArray = true;
        if (accept("]")) {
            count = 0;
            continue;
        }
        WARPLOOM_TRY(const std::uint64_t extent, expectInteger());
        if (extent > kMostVariableBytes || extent * count > kMostVariableBytes)
            return unexpected("an array of at most 256 MiB");
        count *= extent;
        WARPLOOM_CHECK(expect("]"));
    }
    variable.elements = isArray ? count : 0;
    variable.bytes *= count;
    if (variable.bytes > kMostVariableBytes)
        return unexpected("an array of at most 256 MiB");
    return {};
}

Result<> PtxParser::parseVariables(PtxSpace space, bool isExtern, std::vector<PtxVariable>& into)
{
    WARPLOOM_TRY(const PtxVariable pattern, parseVariableType(space));
    do {
        PtxVariable variable = pattern;
        variable.isExtern = isExtern;
        WARPLOOM_CHECK(parseVariableName(variable));
        if (accept("="))
            WARPLOOM_CHECK(parseInitializer(variable));
        into.push_back(std::move(variable));
    } while (accept(","));
    return expect(";");
}

Result<> PtxParser::parseInitializer(PtxVariable& variable)
{
    if (!m_token.is("{"))
        return parseInitialValue(variable, 0);
    int depth = 0;
    std::uint64_t element = 0;
    do {
        if (accept("{")) {
            ++depth;
        } else if (accept("}")) {
            --depth;
        } else if (!accept(",")) {
            WARPLOOM_CHECK(parseInitialValue(variable, element));
            ++element;
        }
        if (m_token.kind == PtxToken::Kind::End)
            return unexpected("'}'");
    } while (depth > 0);
    return {};
}

Result<> PtxParser::parseInitialValue(PtxVariable& variable, std::uint64_t element)
{
    const std::uint64_t size = ptxBits(variable.type) / 8;
    if (variable.bytes == 0 && variable.elements == 0)
        variable.bytes = (element + 1) * size;
    if (size == 0 || size > 8 || (element + 1) * size > variable.bytes)
        return unexpected("no more initial values than the variable has elements");
    variable.initial.resize(variable.bytes);
    if (m_token.isWord())
        return parseRelocation(variable, element);
    WARPLOOM_TRY(const PtxOperand value, parseNumber(accept("-")));
    std::uint64_t bits = value.bits;
    if (value.kind == PtxOperand::Kind::Float64 && variable.type == PtxType::F32)
        bits = std::bit_cast<std::uint32_t>(static_cast<float>(std::bit_cast<double>(bits)));
    std::memcpy(variable.initial.data() + element * size, &bits, size);
    return {};
}

Result<> PtxParser::parseRelocation(PtxVariable& variable, std::uint64_t element)
{
    const std::uint64_t size = ptxBits(variable.type) / 8;
    if (size != 8)
        return unexpected("a number: only 64-bit elements may hold an address");
    WARPLOOM_TRY(std::string_view name, expectWord("a symbol"));
    const bool isGeneric = name == "generic" && accept("(");
    if (isGeneric) {
        WARPLOOM_TRY(name, expectWord("a symbol"));
        WARPLOOM_CHECK(expect(")"));
    }
    WARPLOOM_TRY(const std::int64_t addend, parseOffset());
    variable.relocations.push_back({element * size, name, addend});
    return {};
}

Result<> PtxParser::parseRegisters(PtxFunction& function)
{
    PtxType type = PtxType::None;
    while (m_token.kind == PtxToken::Kind::Directive) {
        type = ptxTypeFromName(m_token.text.substr(1)).value_or(type);
        advance();
    }
    if (type == PtxType::None)
        return unexpected("a register type such as .b32");
    do {
        PtxRegisters registers;
        registers.type = type;
        registers.scope = m_scope;
        WARPLOOM_TRY(registers.name, expectWord("a register name"));
        if (accept("<")) {
            WARPLOOM_TRY(registers.count, expectInteger());
            WARPLOOM_CHECK(expect(">"));
        }
        function.registers.push_back(registers);
    } while (accept(","));
    return expect(";");
}

}  // namespace warploom::emulator
