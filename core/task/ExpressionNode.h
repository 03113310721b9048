// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "task/Expression.h"

namespace warploom {

enum class ExpressionKind { Number, Name, Unary, Binary, Conditional, Call };

enum class ExpressionOperator {
    Plus,
    Negate,
    Not,
    Complement,
    Multiply,
    Divide,
    Modulo,
    Add,
    Subtract,
    ShiftLeft,
    ShiftRight,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    And,
    Xor,
    Or,
    LogicalAnd,
    LogicalOr,
};

/// One node of a parsed expression; which members count depends on the kind.
struct Expression::Node {
    ExpressionKind kind = ExpressionKind::Number;
    ExpressionOperator op = ExpressionOperator::Plus;
    std::int64_t number = 0;
    std::string name;  ///< of a name or a called function
    int offset = 0;  ///< characters from the start of the text
    std::vector<std::shared_ptr<const Node>> children;
};

}  // namespace warploom
