// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/PtxParser.h"

#include <fmt/format.h>

namespace warploom::emulator {

const PtxFunction* PtxModule::findFunction(std::string_view name) const
{
    const PtxFunction* declaration = nullptr;
    for (const PtxFunction& function : functions) {
        if (function.name != name)
            continue;
        if (!function.isDeclaration)
            return &function;
        declaration = &function;
    }
    return declaration;
}

const PtxVariable* PtxModule::findVariable(std::string_view name) const
{
    const PtxVariable* declaration = nullptr;
    for (const PtxVariable& variable : variables) {
        if (variable.name != name)
            continue;
        if (!variable.isExtern)
            return &variable;
        declaration = &variable;
    }
    return declaration;
}

std::optional<std::uint32_t> PtxFunction::findLabel(std::string_view label, int scope) const
{
    for (; scope >= 0; scope = scopeParents[static_cast<std::size_t>(scope)])
        if (const auto found = labels.find({scope, label}); found != labels.end())
            return found->second;
    return std::nullopt;
}

Result<PtxModule> parsePtx(std::string text) { return PtxParser(std::move(text)).parse(); }

PtxParser::PtxParser(std::string text)
    : m_module{std::make_shared<const std::string>(std::move(text)), {}, {}, {}, {}}
    , m_lexer(*m_module.text)
{
    advance();
}

Result<PtxModule> PtxParser::parse()
{
    while (m_token.kind != PtxToken::Kind::End)
        WARPLOOM_CHECK(parseModuleItem());
    return std::move(m_module);
}

void PtxParser::advance() { m_token = m_lexer.next(); }

bool PtxParser::accept(std::string_view text)
{
    if (!m_token.is(text))
        return false;
    advance();
    return true;
}

tl::unexpected<Error> PtxParser::unexpected(std::string expected) const
{
    std::string found = m_token.kind == PtxToken::Kind::End ? "the end of the text" : std::string(m_token.text);
    return fail(Error{ErrorCode::InvalidInput, "PTX does not follow its grammar",
                      SourcePlace{"PTX", m_token.line, m_token.column}, std::move(expected), std::move(found)});
}

Result<> PtxParser::expect(std::string_view text)
{
    if (!accept(text))
        return unexpected(fmt::format("'{}'", text));
    return {};
}

Result<std::string_view> PtxParser::expectWord(const char* what)
{
    if (!m_token.isWord())
        return unexpected(what);
    const std::string_view word = m_token.text;
    advance();
    return word;
}

Result<std::uint64_t> PtxParser::expectInteger()
{
    WARPLOOM_TRY(const PtxOperand number, parseNumber(false));
    if (number.kind != PtxOperand::Kind::Integer)
        return unexpected("an integer");
    return number.bits;
}

Result<> PtxParser::skipUntilSemicolon()
{
    while (!m_token.is(";")) {
        if (m_token.kind == PtxToken::Kind::End)
            return unexpected("';'");
        advance();
    }
    advance();
    return {};
}

Result<> PtxParser::skipBraces()
{
    WARPLOOM_CHECK(expect("{"));
    for (int depth = 1; depth > 0; advance()) {
        if (m_token.kind == PtxToken::Kind::End)
            return unexpected("'}'");
        depth += m_token.is("{") ? 1 : m_token.is("}") ? -1 : 0;
    }
    return {};
}

Result<> PtxParser::parseModuleItem()
{
    bool isExtern = false;
    while (m_token.is(".visible") || m_token.is(".extern") || m_token.is(".weak") || m_token.is(".common")) {
        isExtern = isExtern || m_token.is(".extern");
        advance();
    }
    if (accept(".version")) {
        return parseNumber(false).map([](const PtxOperand&) { });
    } else if (accept(".address_size")) {
        return expectInteger().map([](std::uint64_t) { });
    } else if (accept(".target")) {
        WARPLOOM_TRY(m_module.target, expectWord("a target such as sm_90"));
        while (accept(","))
            WARPLOOM_CHECK(expectWord("a target option"));
        return {};
    } else if (accept(".file")) {
        return parseFile();
    } else if (accept(".section")) {
        return skipSection();
    } else if (accept(".entry")) {
        return parseFunction(true, isExtern);
    } else if (accept(".func")) {
        return parseFunction(false, isExtern);
    } else if (accept(".global")) {
        return parseVariables(PtxSpace::Global, isExtern, m_module.variables);
    } else if (accept(".const")) {
        return parseVariables(PtxSpace::Constant, isExtern, m_module.variables);
    } else if (accept(".shared")) {
        return parseVariables(PtxSpace::Shared, isExtern, m_module.variables);
    } else if (accept(".pragma") || accept(".alias")) {
        return skipUntilSemicolon();
    } else if (accept(";")) {
        return {};
    }
    return unexpected("a module directive such as .entry, .func or .global");
}

Result<> PtxParser::parseFile()
{
    WARPLOOM_TRY(const std::uint64_t number, expectInteger());
    if (m_token.kind != PtxToken::Kind::String || m_token.text.size() < 2)
        return unexpected("a file name");
    std::string_view name = m_token.text.substr(1, m_token.text.size() - 2);
    if (const auto slash = name.rfind('/'); slash != std::string_view::npos)
        name.remove_prefix(slash + 1);
    m_module.files[static_cast<int>(number & 0x7fffffff)] = std::string(name);
    advance();
    while (accept(","))
        WARPLOOM_CHECK(expectInteger());
    return {};
}

Result<> PtxParser::skipSection()
{
    if (m_token.kind != PtxToken::Kind::Directive && !m_token.isWord())
        return unexpected("a section name");
    advance();
    return skipBraces();
}

Result<> PtxParser::parseParameterList(std::vector<PtxVariable>& into)
{
    if (!accept("("))
        return {};
    while (!accept(")")) {
        if (accept(".reg")) {
            WARPLOOM_TRY(PtxVariable variable, parseVariableType(PtxSpace::Register));
            WARPLOOM_CHECK(parseVariableName(variable));
            into.push_back(std::move(variable));
        } else {
            WARPLOOM_CHECK(expect(".param"));
            WARPLOOM_TRY(PtxVariable variable, parseVariableType(PtxSpace::Parameter));
            WARPLOOM_CHECK(parseVariableName(variable));
            into.push_back(std::move(variable));
        }
        if (!m_token.is(")"))
            WARPLOOM_CHECK(expect(","));
    }
    return {};
}

Result<> PtxParser::parseFunctionAttributes(PtxFunction& function)
{
    while (m_token.kind == PtxToken::Kind::Directive) {
        const std::string_view name = m_token.text;
        advance();
        if (name == ".pragma") {
            WARPLOOM_CHECK(skipUntilSemicolon());
            continue;
        }
        std::uint64_t product = 1;
        while (m_token.kind == PtxToken::Kind::Number) {
            WARPLOOM_TRY(const std::uint64_t value, expectInteger());
            product *= value;
            if (!accept(","))
                break;
        }
        if (name == ".maxntid" || name == ".reqntid")
            function.mostThreads = product;
        if (name == ".reqnctapercluster" || name == ".explicitcluster")
            function.needsCluster = true;
    }
    return {};
}

Result<> PtxParser::parseFunction(bool isEntry, bool isExtern)
{
    PtxFunction function;
    function.isEntry = isEntry;
    function.isDeclaration = isExtern;
    if (!isEntry)
        WARPLOOM_CHECK(parseParameterList(function.results));
    WARPLOOM_TRY(function.name, expectWord("a function name"));
    WARPLOOM_CHECK(parseParameterList(function.parameters));
    WARPLOOM_CHECK(parseFunctionAttributes(function));
    m_location = {};
    m_mainFile = 0;
    m_scope = 0;
    if (accept(";"))
        function.isDeclaration = true;
    else
        WARPLOOM_CHECK(parseBody(function));
    m_module.functions.push_back(std::move(function));
    return {};
}

}  // namespace warploom::emulator
