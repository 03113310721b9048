// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace warploom::emulator {

/// One token of PTX text. Words keep their dots: "ld.global.f32", "%tid.x"; directives start with one: ".reg".
struct PtxToken {
    enum class Kind { End, Word, Directive, Number, String, Punctuation, Invalid };

    Kind kind = Kind::End;
    std::string_view text;
    int line = 1;
    int column = 1;

    [[nodiscard]] bool is(std::string_view expected) const { return text == expected && kind != Kind::String; }
    [[nodiscard]] bool isWord() const { return kind == Kind::Word; }
};

/// Cuts PTX text into tokens; comments and white space vanish. The text must outlive the tokens.
class PtxLexer {
public:
    explicit PtxLexer(std::string_view text);

    PtxToken next();

private:
    void skipBlanks();
    void skipBlockComment();
    void newLine();
    PtxToken take(PtxToken::Kind kind, std::size_t length);
    [[nodiscard]] std::size_t wordLength() const;
    [[nodiscard]] std::size_t numberLength() const;
    [[nodiscard]] std::size_t stringLength() const;
    [[nodiscard]] char at(std::size_t ahead) const;

    std::string_view m_text;
    std::size_t m_position = 0;
    std::size_t m_lineStart = 0;
    int m_line = 1;
};

}  // namespace warploom::emulator
