// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/SourceTokens.h"

#include "moves/ClangHeaders.h"

namespace warploom {

namespace {

/// What the lexer has to know: // starts a comment, <<< is no shift.
clang::LangOptions languageOptions()
{
    clang::LangOptions options;
    options.CPlusPlus = true;
    options.CPlusPlus17 = true;
    options.CUDA = true;
    options.LineComment = true;
    return options;
}

SourceToken::Kind kindOf(const clang::Token& token)
{
    if (token.is(clang::tok::raw_identifier))
        return SourceToken::Kind::Word;
    return token.is(clang::tok::comment) ? SourceToken::Kind::Comment : SourceToken::Kind::Other;
}

/// The name in an #include; empty for other directives.
IncludedName nameIn(std::string_view directive)
{
    constexpr std::string_view kWord = "include";
    const auto word = directive.find_first_not_of(" \t", 1);
    if (word == std::string_view::npos || directive.substr(word, kWord.size()) != kWord)
        return {};
    const auto begin = directive.find_first_of("<\"", word);
    const auto end = begin == std::string_view::npos ? begin : directive.find_first_of(">\"", begin + 1);
    if (end == std::string_view::npos)
        return {};
    return {std::string(directive.substr(begin + 1, end - begin - 1)), directive[begin] == '<'};
}

}  // namespace

std::vector<SourceToken> tokensOf(std::string_view text)
{
    const std::string buffer(text);  // the lexer wants a zero behind the last character
    const auto options = languageOptions();
    const auto start = clang::SourceLocation::getFromRawEncoding(1);
    clang::Lexer lexer(start, options, buffer.data(), buffer.data(), buffer.data() + buffer.size());
    lexer.SetCommentRetentionState(true);
    std::vector<SourceToken> tokens;
    bool inDirective = false;
    for (clang::Token token; !lexer.LexFromRawLexer(token) || token.isNot(clang::tok::eof);) {
        const auto begin = static_cast<std::size_t>(token.getLocation().getRawEncoding() - 1);
        const TextRange range{begin, begin + token.getLength()};
        const bool startsDirective = token.is(clang::tok::hash) && token.isAtStartOfLine();
        inDirective = inDirective && !token.isAtStartOfLine() && token.isNot(clang::tok::comment);
        if (inDirective)
            tokens.back().range.end = range.end;
        else
            tokens.push_back(
                {startsDirective ? SourceToken::Kind::Directive : kindOf(token), range, token.isAtStartOfLine()});
        inDirective = inDirective || startsDirective;
        if (token.is(clang::tok::eof))
            break;
    }
    return tokens;
}

std::set<std::string> wordsOf(std::string_view text)
{
    std::set<std::string> words;
    for (const auto& token : tokensOf(text)) {
        const auto spelled = text.substr(token.range.begin, token.range.size());
        if (token.kind == SourceToken::Kind::Word)
            words.emplace(spelled);
        // Without its hash a directive is a line of tokens.
        if (token.kind == SourceToken::Kind::Directive && spelled.size() > 1)
            words.merge(wordsOf(spelled.substr(1)));
    }
    return words;
}

std::vector<IncludedName> includesOf(std::string_view text)
{
    std::vector<IncludedName> included;
    for (const auto& token : tokensOf(text)) {
        if (token.kind != SourceToken::Kind::Directive)
            continue;
        auto name = nameIn(text.substr(token.range.begin, token.range.size()));
        if (!name.name.empty())
            included.push_back(std::move(name));
    }
    return included;
}

bool isOneOf(std::string_view word, std::initializer_list<std::string_view> words)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace warploom
