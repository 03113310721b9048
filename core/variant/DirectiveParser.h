// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "variant/Directives.h"

namespace warploom {

/// Parses the text of one directive and adds it to a Directives value.
class DirectiveParser {
public:
    /// \p place is where \p text begins in the source.
    DirectiveParser(std::string_view text, SourcePlace place);

    Result<> parseInto(Directives& directives);

private:
    [[nodiscard]] SourcePlace placeAt(std::size_t offset) const;
    [[nodiscard]] tl::unexpected<Error> unexpected(std::string expected) const;
    void skipSpace();
    bool accept(std::string_view token);
    std::string_view word();
    Result<std::string> identifier(std::string_view what);
    Result<> expect(std::string_view token);
    Result<> expectEnd();
    /// Text up to the first of \p stops outside parentheses and brackets; the stop itself is not consumed.
    std::string_view textUntil(std::initializer_list<std::string_view> stops);
    Result<Expression> expressionUntil(std::initializer_list<std::string_view> stops);
    Result<ExtentExpressions> extentUntil(std::initializer_list<std::string_view> stops);

    Result<> parseTune(Directives& directives);
    Result<> parseScratch(Directives& directives);
    Result<> parseLaunch(Directives& directives);
    Result<> parseLaunchArguments(LaunchDirective& launch);
    Result<> parseLaunchAttributes(LaunchDirective& launch);
    Result<> parseFlags(Directives& directives);
    Result<> parseConstant(Directives& directives);

    std::string_view m_text;
    SourcePlace m_place;
    std::size_t m_at = 0;
};

}  // namespace warploom
