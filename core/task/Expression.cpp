// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "task/Expression.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "task/ExpressionNode.h"
#include "task/ExpressionParser.h"

namespace warploom {

namespace {

void collectNames(const Expression::Node& node, std::set<std::string>& names)
{
    if (node.kind == ExpressionKind::Name)
        names.insert(node.name);
    for (const auto& child : node.children)
        collectNames(*child, names);
}

/// Evaluates one tree; the first error wins.
class Evaluator {
public:
    Evaluator(const ExpressionScope& scope, const SourcePlace& origin)
        : m_scope(scope)
        , m_origin(origin)
    {
    }

    Result<std::int64_t> value(const Expression::Node& node) const
    {
        switch (node.kind) {
        case ExpressionKind::Number:
            return node.number;
        case ExpressionKind::Name:
            return valueOfName(node);
        case ExpressionKind::Unary:
            return unary(node);
        case ExpressionKind::Binary:
            return binary(node);
        case ExpressionKind::Conditional: {
            WARPLOOM_TRY(const std::int64_t condition, value(*node.children[0]));
            return value(*node.children[condition != 0 ? 1 : 2]);
        }
        case ExpressionKind::Call:
            return call(node);
        }
        return failAt(node, "unknown node");
    }

private:
    tl::unexpected<Error> failAt(const Expression::Node& node, std::string message) const
    {
        SourcePlace place = m_origin;
        if (place.line == 0)
            place.line = 1;
        place.column = std::max(place.column, 1) + node.offset;
        return fail(Error{ErrorCode::InvalidInput, std::move(message), place, {}, {}});
    }

    Result<std::int64_t> valueOfName(const Expression::Node& node) const
    {
        const auto found = m_scope.find(node.name);
        if (found == m_scope.end())
            return failAt(node, fmt::format("unknown name '{}'", node.name));
        return found->second;
    }

    Result<std::int64_t> unary(const Expression::Node& node) const
    {
        WARPLOOM_TRY(const std::int64_t operand, value(*node.children[0]));
        std::int64_t result = 0;
        switch (node.op) {
        case ExpressionOperator::Negate:
            if (__builtin_sub_overflow(std::int64_t{0}, operand, &result))
                return failAt(node, "overflow");
            return result;
        case ExpressionOperator::Not:
            return operand == 0 ? 1 : 0;
        case ExpressionOperator::Complement:
            return ~operand;
        default:
            return operand;
        }
    }

    Result<std::int64_t> binary(const Expression::Node& node) const
    {
        WARPLOOM_TRY(const std::int64_t left, value(*node.children[0]));
        if (node.op == ExpressionOperator::LogicalAnd && left == 0)
            return 0;
        if (node.op == ExpressionOperator::LogicalOr && left != 0)
            return 1;
        WARPLOOM_TRY(const std::int64_t right, value(*node.children[1]));
        return apply(node, left, right);
    }

    Result<std::int64_t> apply(const Expression::Node& node, std::int64_t left, std::int64_t right) const
    {
        using Op = ExpressionOperator;
        std::int64_t result = 0;
        bool overflow = false;
        switch (node.op) {
        case Op::Add:
            overflow = __builtin_add_overflow(left, right, &result);
            break;
        case Op::Subtract:
            overflow = __builtin_sub_overflow(left, right, &result);
            break;
        case Op::Multiply:
            overflow = __builtin_mul_overflow(left, right, &result);
            break;
        case Op::Divide:
        case Op::Modulo:
            return divide(node, left, right);
        case Op::ShiftLeft:
        case Op::ShiftRight:
            return shift(node, left, right);
        case Op::And:
            return left & right;
        case Op::Or:
            return left | right;
        case Op::Xor:
            return left ^ right;
        case Op::Less:
            return left < right ? 1 : 0;
        case Op::LessEqual:
            return left <= right ? 1 : 0;
        case Op::Greater:
            return left > right ? 1 : 0;
        case Op::GreaterEqual:
            return left >= right ? 1 : 0;
        case Op::Equal:
            return left == right ? 1 : 0;
        case Op::NotEqual:
            return left != right ? 1 : 0;
        case Op::LogicalAnd:
        case Op::LogicalOr:
            return right != 0 ? 1 : 0;
        default:
            return failAt(node, "unknown operator");
        }
        if (overflow)
            return failAt(node, "overflow of 64-bit arithmetic");
        return result;
    }

    Result<std::int64_t> divide(const Expression::Node& node, std::int64_t left, std::int64_t right) const
    {
        if (right == 0)
            return failAt(node, "division by zero");
        if (right == -1) {
            // The one case that traps on the host though C's remainder is 0.
            if (node.op == ExpressionOperator::Modulo)
                return 0;
            std::int64_t negated = 0;
            if (__builtin_sub_overflow(std::int64_t{0}, left, &negated))
                return failAt(node, "overflow of 64-bit arithmetic");
            return negated;
        }
        return node.op == ExpressionOperator::Modulo ? left % right : left / right;
    }

    Result<std::int64_t> shift(const Expression::Node& node, std::int64_t left, std::int64_t right) const
    {
        if (right < 0 || right > 63)
            return failAt(node, fmt::format("shift by {}", right));
        if (node.op == ExpressionOperator::ShiftRight)
            return left >> right;
        const auto shifted = static_cast<std::int64_t>(static_cast<std::uint64_t>(left) << right);
        if ((shifted >> right) != left)
            return failAt(node, "overflow of 64-bit arithmetic");
        return shifted;
    }

    Result<std::int64_t> call(const Expression::Node& node) const
    {
        WARPLOOM_TRY(const std::int64_t first, value(*node.children[0]));
        if (node.name == "ceil_div") {
            WARPLOOM_TRY(const std::int64_t divisor, value(*node.children[1]));
            WARPLOOM_TRY(const std::int64_t quotient, divide(node, first, divisor));
            const bool inexact = divisor != -1 && first % divisor != 0;
            return quotient + (inexact && ((first < 0) == (divisor < 0)) ? 1 : 0);
        }
        std::int64_t best = first;
        for (std::size_t i = 1; i < node.children.size(); ++i) {
            WARPLOOM_TRY(const std::int64_t next, value(*node.children[i]));
            best = node.name == "min" ? std::min(best, next) : std::max(best, next);
        }
        return best;
    }

    const ExpressionScope& m_scope;
    const SourcePlace& m_origin;
};

}  // namespace

Expression::Expression()
    : Expression(constant(0))
{
}

Expression Expression::constant(std::int64_t value)
{
    auto node = std::make_shared<Node>();
    node->kind = ExpressionKind::Number;
    node->number = value;
    return Expression(std::move(node), std::to_string(value), {});
}

Expression::Expression(std::shared_ptr<const Node> root, std::string text, SourcePlace place)
    : m_root(std::move(root))
    , m_text(std::move(text))
    , m_place(std::move(place))
{
}

Result<Expression> Expression::parse(std::string_view text, const SourcePlace& place)
{
    WARPLOOM_TRY(auto root, parseExpression(text, place));
    return Expression(std::move(root), std::string(text), place);
}

Result<std::int64_t> Expression::evaluate(const ExpressionScope& scope) const
{
    return Evaluator(scope, m_place).value(*m_root);
}

std::vector<std::string> Expression::names() const
{
    std::set<std::string> names;
    collectNames(*m_root, names);
    return {names.begin(), names.end()};
}

std::string Expression::bareName() const { return m_root->kind == ExpressionKind::Name ? m_root->name : std::string(); }

}  // namespace warploom
