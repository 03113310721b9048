// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "moves/SourceEdit.h"

namespace warploom {

struct SourceToken {
    enum class Kind { Word, Comment, Directive, Other };

    Kind kind = Kind::Other;
    TextRange range;  ///< of a preprocessor directive: all its lines
    bool startsLine = false;
};

/// A text cut into tokens by Clang's lexer, without preprocessing. Never fails: what is no token is Other.
std::vector<SourceToken> tokensOf(std::string_view text);

/// Every identifier and keyword of \p text, those of its preprocessor directives too, comments left out.
std::set<std::string> wordsOf(std::string_view text);

/// What an #include names.
struct IncludedName {
    std::string name;
    bool isSystem = false;  ///< in angle brackets
};

/// The #includes of \p text, in order; those that a macro names are left out.
std::vector<IncludedName> includesOf(std::string_view text);

/// Whether \p word is one of \p words.
bool isOneOf(std::string_view word, std::initializer_list<std::string_view> words);

}  // namespace warploom
