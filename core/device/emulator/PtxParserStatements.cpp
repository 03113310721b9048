// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/PtxParser.h"

#include <bit>
#include <charconv>

namespace warploom::emulator {

namespace {

constexpr int kDeepestOperand = 4;

std::optional<std::uint64_t> integerFrom(std::string_view text)
{
    if (text.ends_with('U'))
        text.remove_suffix(1);
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X"))
        base = 16;
    else if (text.starts_with("0b") || text.starts_with("0B"))
        base = 2;
    else if (text.size() > 1 && text.starts_with('0'))
        base = 8;
    if (base == 16 || base == 2)
        text.remove_prefix(2);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::optional<double> decimalFrom(std::string_view text)
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

}  // namespace

Result<> PtxParser::parseBody(PtxFunction& function)
{
    WARPLOOM_CHECK(expect("{"));
    while (m_scope >= 0) {
        if (m_token.kind == PtxToken::Kind::End)
            return unexpected("'}'");
        if (accept("{")) {
            function.scopeParents.push_back(m_scope);
            m_scope = static_cast<int>(function.scopeParents.size()) - 1;
        } else if (accept("}")) {
            m_scope = function.scopeParents[static_cast<std::size_t>(m_scope)];
        } else {
            WARPLOOM_CHECK(parseStatement(function));
        }
    }
    m_scope = 0;
    return {};
}

Result<> PtxParser::parseStatement(PtxFunction& function)
{
    if (accept(";"))
        return {};
    if (m_token.kind == PtxToken::Kind::Directive)
        return parseBodyDirective(function);
    if (m_token.is("@"))
        return parseInstruction(function);
    if (!m_token.isWord())
        return unexpected("an instruction, a label or a directive");
    const PtxToken word = m_token;
    advance();
    if (accept(":"))
        return parseLabelled(function, word.text);
    PtxInstruction instruction;
    instruction.opcode = word.text;
    instruction.ptxLine = word.line;
    return parseInstructionRest(function, std::move(instruction), word.text.data());
}

Result<> PtxParser::parseBodyDirective(PtxFunction& function)
{
    if (accept(".loc"))
        return parseLocation();
    if (accept(".reg"))
        return parseRegisters(function);
    if (m_token.text.starts_with(".reg.")) {  // CUDA's headers write ".reg.b16 h;"
        m_token.text.remove_prefix(std::string_view(".reg").size());
        return parseRegisters(function);
    }
    if (accept(".shared"))
        return parseVariables(PtxSpace::Shared, false, function.variables);
    if (accept(".local"))
        return parseVariables(PtxSpace::Local, false, function.variables);
    if (accept(".param"))
        return parseVariables(PtxSpace::Parameter, false, function.variables);
    if (accept(".global"))
        return parseVariables(PtxSpace::Global, false, m_module.variables);
    if (accept(".const"))
        return parseVariables(PtxSpace::Constant, false, m_module.variables);
    if (accept(".extern"))
        return parseBodyDirective(function);
    return skipUntilSemicolon();
}

Result<> PtxParser::parseLocation()
{
    WARPLOOM_TRY(const std::uint64_t file, expectInteger());
    WARPLOOM_TRY(const std::uint64_t line, expectInteger());
    WARPLOOM_TRY(const std::uint64_t column, expectInteger());
    PtxLocation place{static_cast<int>(file & 0x7fffffff), static_cast<int>(line & 0x7fffffff),
                      static_cast<int>(column & 0x7fffffff)};
    PtxLocation caller;
    while (accept(",")) {
        WARPLOOM_TRY(const std::string_view key, expectWord("function_name or inlined_at"));
        if (key == "inlined_at") {
            WARPLOOM_TRY(const std::uint64_t callerFile, expectInteger());
            WARPLOOM_TRY(const std::uint64_t callerLine, expectInteger());
            WARPLOOM_TRY(const std::uint64_t callerColumn, expectInteger());
            caller = {static_cast<int>(callerFile & 0x7fffffff), static_cast<int>(callerLine & 0x7fffffff),
                      static_cast<int>(callerColumn & 0x7fffffff)};
        } else {
            WARPLOOM_CHECK(expectWord("a label"));
            WARPLOOM_CHECK(parseOffset());
        }
    }
    if (m_mainFile == 0)
        m_mainFile = place.file;
    // Code inlined from a header counts for the line of the kernel that called it.
    if (place.file == m_mainFile)
        m_location = place;
    else if (caller.file == m_mainFile)
        m_location = caller;
    return {};
}

Result<> PtxParser::parseLabelled(PtxFunction& function, std::string_view label)
{
    if (accept(".branchtargets")) {
        std::vector<std::string_view>& targets = function.branchTargets[label];
        do {
            WARPLOOM_TRY(const std::string_view target, expectWord("a label"));
            targets.push_back(target);
        } while (accept(","));
        return expect(";");
    }
    if (accept(".callprototype") || accept(".calltargets"))
        return skipUntilSemicolon();
    function.labels[{m_scope, label}] = static_cast<std::uint32_t>(function.body.size());
    return {};
}

Result<> PtxParser::parseInstruction(PtxFunction& function)
{
    const char* begin = m_token.text.data();
    PtxInstruction instruction;
    instruction.ptxLine = m_token.line;
    WARPLOOM_CHECK(expect("@"));
    instruction.guardNegated = accept("!");
    WARPLOOM_TRY(instruction.guard, expectWord("a predicate register"));
    WARPLOOM_TRY(instruction.opcode, expectWord("an opcode"));
    return parseInstructionRest(function, std::move(instruction), begin);
}

Result<> PtxParser::parseInstructionRest(PtxFunction& function, PtxInstruction instruction, const char* begin)
{
    while (!m_token.is(";")) {
        WARPLOOM_TRY(PtxOperand operand, parseOperand(0));
        instruction.operands.push_back(std::move(operand));
        if (!m_token.is(";"))
            WARPLOOM_CHECK(expect(","));
    }
    instruction.text = {begin, static_cast<std::size_t>(m_token.text.data() - begin)};
    instruction.location = m_location;
    instruction.scope = m_scope;
    advance();
    function.body.push_back(std::move(instruction));
    return {};
}

Result<PtxOperand> PtxParser::parseOperand(int depth)
{
    if (depth > kDeepestOperand)
        return unexpected("operands nested less deeply");
    PtxOperand operand;
    if (accept("!")) {
        operand.negated = true;
        WARPLOOM_TRY(operand.text, expectWord("a predicate register"));
    } else if (accept("[")) {
        return parseAddress(depth);
    } else if (accept("{")) {
        return parseList("}", depth);
    } else if (accept("(")) {
        return parseList(")", depth);
    } else if (accept("-")) {
        return parseNumber(true);
    } else if (m_token.kind == PtxToken::Kind::Number) {
        return parseNumber(false);
    } else {
        WARPLOOM_TRY(operand.text, expectWord("an operand"));
        if (operand.text == "_")
            operand.kind = PtxOperand::Kind::Sink;
        WARPLOOM_TRY(operand.offset, parseOffset());
    }
    if (accept("|")) {
        WARPLOOM_TRY(PtxOperand second, parseOperand(depth + 1));
        operand.second.push_back(std::move(second));
    }
    return operand;
}

Result<std::int64_t> PtxParser::parseOffset()
{
    const bool plus = accept("+");
    const bool minus = accept("-");
    if (!plus && !minus)
        return std::int64_t{0};
    WARPLOOM_TRY(const std::uint64_t value, expectInteger());
    return static_cast<std::int64_t>(minus ? std::uint64_t{0} - value : value);
}

Result<PtxOperand> PtxParser::parseAddress(int depth)
{
    PtxOperand address;
    address.kind = PtxOperand::Kind::Address;
    if (m_token.isWord()) {
        address.text = m_token.text;
        advance();
        WARPLOOM_TRY(address.offset, parseOffset());
    } else {
        WARPLOOM_TRY(const PtxOperand number, parseNumber(accept("-")));
        address.offset = static_cast<std::int64_t>(number.bits);
    }
    while (accept(",")) {
        WARPLOOM_TRY(PtxOperand element, parseOperand(depth + 1));
        address.elements.push_back(std::move(element));
    }
    WARPLOOM_CHECK(expect("]"));
    return address;
}

Result<PtxOperand> PtxParser::parseList(std::string_view closing, int depth)
{
    PtxOperand list;
    list.kind = PtxOperand::Kind::Vector;
    while (!accept(closing)) {
        WARPLOOM_TRY(PtxOperand element, parseOperand(depth + 1));
        list.elements.push_back(std::move(element));
        if (!m_token.is(closing))
            WARPLOOM_CHECK(expect(","));
    }
    return list;
}

Result<PtxOperand> PtxParser::parseNumber(bool negative)
{
    if (m_token.kind != PtxToken::Kind::Number)
        return unexpected("a number");
    const std::string_view text = m_token.text;
    PtxOperand number;
    number.text = text;
    number.kind = PtxOperand::Kind::Integer;
    const bool single = text.starts_with("0f") || text.starts_with("0F");
    const bool twice = text.starts_with("0d") || text.starts_with("0D");
    if (single || twice) {
        const std::size_t digits = single ? 8 : 16;
        const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), number.bits, 16);
        if (error != std::errc() || end != text.data() + text.size() || text.size() != digits + 2)
            return unexpected("a floating-point literal in hexadecimal");
        number.kind = single ? PtxOperand::Kind::Float32 : PtxOperand::Kind::Float64;
        if (negative)
            number.bits ^= std::uint64_t{1} << (4 * digits - 1);
    } else if (const auto integer = integerFrom(text)) {
        number.bits = negative ? std::uint64_t{0} - *integer : *integer;
    } else if (const auto decimal = decimalFrom(text)) {
        number.kind = PtxOperand::Kind::Float64;
        number.bits = std::bit_cast<std::uint64_t>(negative ? -*decimal : *decimal);
    } else {
        return unexpected("a number");
    }
    advance();
    return number;
}

}  // namespace warploom::emulator
