// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/PtxLexer.h"

namespace warploom::emulator {

namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }

bool isWordStart(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '%';
}

bool isWordPart(char c) { return isWordStart(c) || isDigit(c); }

bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v'; }

}  // namespace

PtxLexer::PtxLexer(std::string_view text)
    : m_text(text)
{
}

char PtxLexer::at(std::size_t ahead) const
{
    return m_position + ahead < m_text.size() ? m_text[m_position + ahead] : '\0';
}

void PtxLexer::newLine()
{
    ++m_line;
    m_lineStart = m_position;
}

void PtxLexer::skipBlockComment()
{
    m_position += 2;
    while (m_position < m_text.size() && !(at(0) == '*' && at(1) == '/')) {
        const bool isNewLine = at(0) == '\n';
        ++m_position;
        if (isNewLine)
            newLine();
    }
    m_position = std::min(m_position + 2, m_text.size());
}

void PtxLexer::skipBlanks()
{
    while (m_position < m_text.size()) {
        if (at(0) == '/' && at(1) == '/') {
            while (m_position < m_text.size() && at(0) != '\n')
                ++m_position;
        } else if (at(0) == '/' && at(1) == '*') {
            skipBlockComment();
        } else if (isBlank(at(0))) {
            const bool isNewLine = at(0) == '\n';
            ++m_position;
            if (isNewLine)
                newLine();
        } else {
            return;
        }
    }
}

PtxToken PtxLexer::take(PtxToken::Kind kind, std::size_t length)
{
    const int column = static_cast<int>(m_position - m_lineStart) + 1;
    PtxToken token{kind, m_text.substr(m_position, length), m_line, column};
    m_position += token.text.size();
    return token;
}

std::size_t PtxLexer::wordLength() const
{
    std::size_t length = 1;
    while (true) {
        if (isWordPart(at(length)))
            ++length;
        else if (at(length) == '.' && isWordPart(at(length + 1)))
            length += 2;
        else if (at(length) == ':' && at(length + 1) == ':' && isWordPart(at(length + 2)))
            length += 3;
        else
            return length;
    }
}

std::size_t PtxLexer::numberLength() const
{
    std::size_t length = 1;
    while (isWordPart(at(length)) || (at(length) == '.' && isDigit(at(length + 1))))
        ++length;
    return length;
}

std::size_t PtxLexer::stringLength() const
{
    std::size_t length = 1;
    while (at(length) != '"' && at(length) != '\n' && m_position + length < m_text.size())
        length += at(length) == '\\' ? 2 : 1;
    return length + 1;
}

PtxToken PtxLexer::next()
{
    skipBlanks();
    if (m_position >= m_text.size())
        return take(PtxToken::Kind::End, 0);
    const char c = at(0);
    if (isWordStart(c))
        return take(PtxToken::Kind::Word, wordLength());
    if (c == '.' && isWordStart(at(1)))
        return take(PtxToken::Kind::Directive, wordLength());
    if (isDigit(c))
        return take(PtxToken::Kind::Number, numberLength());
    if (c == '"')
        return take(PtxToken::Kind::String, stringLength());
    if (std::string_view("{}[]()<>,;:+-!|@=~*&").find(c) != std::string_view::npos)
        return take(PtxToken::Kind::Punctuation, 1);
    return take(PtxToken::Kind::Invalid, 1);
}

}  // namespace warploom::emulator
