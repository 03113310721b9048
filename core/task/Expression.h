// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/Result.h"

namespace warploom {

/// Names an expression may use, with their values.
using ExpressionScope = std::map<std::string, std::int64_t, std::less<>>;

/// A 64-bit integer expression with C's operators and precedence, plus ceil_div, min and max. Overflow and division by
/// zero are errors with their place. Comparisons and logic give 0 or 1; && || ?: evaluate only what they need.
/// Cheap to copy: the parsed tree is shared and never changes.
class Expression {
public:
    /// A constant 0.
    Expression();
    /// Parses the whole of \p text. \p place is where text begins, for messages.
    static Result<Expression> parse(std::string_view text, const SourcePlace& place = {});
    static Expression constant(std::int64_t value);

    /// Value under \p scope; InvalidInput for an unknown name, overflow or division by zero.
    [[nodiscard]] Result<std::int64_t> evaluate(const ExpressionScope& scope) const;
    /// Every name used, sorted, once.
    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] const std::string& text() const { return m_text; }
    /// If the expression is one bare name, that name; else empty.
    [[nodiscard]] std::string bareName() const;

    struct Node;

private:
    Expression(std::shared_ptr<const Node> root, std::string text, SourcePlace place);

    std::shared_ptr<const Node> m_root;
    std::string m_text;
    SourcePlace m_place;
};

}  // namespace warploom
