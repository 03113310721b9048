// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "base/Result.h"
#include "device/emulator/PtxLexer.h"
#include "device/emulator/PtxModule.h"

namespace warploom::emulator {

/// Parses PTX text as NVRTC writes it. InvalidInput with line and column of the text when it does not follow the
/// grammar; opcodes are not judged here.
Result<PtxModule> parsePtx(std::string text);

/// The recursive-descent parser behind parsePtx.
class PtxParser {
public:
    explicit PtxParser(std::string text);

    Result<PtxModule> parse();

private:
    // token stream
    void advance();
    bool accept(std::string_view text);
    Result<> expect(std::string_view text);
    Result<std::string_view> expectWord(const char* what);
    Result<std::uint64_t> expectInteger();
    [[nodiscard]] tl::unexpected<Error> unexpected(std::string expected) const;
    Result<> skipUntilSemicolon();
    Result<> skipBraces();

    // module level
    Result<> parseModuleItem();
    Result<> parseFile();
    Result<> skipSection();
    Result<> parseFunction(bool isEntry, bool isExtern);
    Result<> parseParameterList(std::vector<PtxVariable>& into);
    Result<> parseFunctionAttributes(PtxFunction& function);

    // declarations
    Result<> parseVariables(PtxSpace space, bool isExtern, std::vector<PtxVariable>& into);
    Result<PtxVariable> parseVariableType(PtxSpace space);
    Result<> parseVariableName(PtxVariable& variable);
    Result<> parseDimensions(PtxVariable& variable);
    Result<> parseInitializer(PtxVariable& variable);
    Result<> parseInitialValue(PtxVariable& variable, std::uint64_t element);
    Result<> parseRelocation(PtxVariable& variable, std::uint64_t element);
    Result<> parseRegisters(PtxFunction& function);

    // statements
    Result<> parseBody(PtxFunction& function);
    Result<> parseStatement(PtxFunction& function);
    Result<> parseBodyDirective(PtxFunction& function);
    Result<> parseLocation();
    Result<> parseLabelled(PtxFunction& function, std::string_view label);
    Result<> parseInstruction(PtxFunction& function);
    Result<> parseInstructionRest(PtxFunction& function, PtxInstruction instruction, const char* begin);
    Result<PtxOperand> parseOperand(int depth);
    Result<PtxOperand> parseAddress(int depth);
    Result<PtxOperand> parseList(std::string_view closing, int depth);
    Result<PtxOperand> parseNumber(bool negative);
    Result<std::int64_t> parseOffset();

    PtxModule m_module;
    PtxLexer m_lexer;
    PtxToken m_token;
    PtxLocation m_location;
    int m_mainFile = 0;
    int m_scope = 0;
};

}  // namespace warploom::emulator
