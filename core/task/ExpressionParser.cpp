// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "task/ExpressionParser.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

namespace warploom {

namespace {

using NodePointer = std::shared_ptr<const Expression::Node>;
using Op = ExpressionOperator;

constexpr int kDeepestNesting = 200;
// Long chains of operators make deep trees too; no real shape or grid comes near.
constexpr std::size_t kLongestText = 1024;

struct BinaryOperator {
    std::string_view text;
    Op op;
    int precedence;
};

// Longer spellings first: "<<" must not be read as "<".
constexpr std::array kBinaryOperators{
    BinaryOperator{"||", Op::LogicalOr, 1}, BinaryOperator{"&&", Op::LogicalAnd, 2},
    BinaryOperator{"==", Op::Equal, 6},     BinaryOperator{"!=", Op::NotEqual, 6},
    BinaryOperator{"<<", Op::ShiftLeft, 8}, BinaryOperator{">>", Op::ShiftRight, 8},
    BinaryOperator{"<=", Op::LessEqual, 7}, BinaryOperator{">=", Op::GreaterEqual, 7},
    BinaryOperator{"<", Op::Less, 7},       BinaryOperator{">", Op::Greater, 7},
    BinaryOperator{"|", Op::Or, 3},         BinaryOperator{"^", Op::Xor, 4},
    BinaryOperator{"&", Op::And, 5},        BinaryOperator{"+", Op::Add, 9},
    BinaryOperator{"-", Op::Subtract, 9},   BinaryOperator{"*", Op::Multiply, 10},
    BinaryOperator{"/", Op::Divide, 10},    BinaryOperator{"%", Op::Modulo, 10},
};

bool isNameStart(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool isNamePart(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class Parser {
public:
    Parser(std::string_view text, const SourcePlace& place)
        : m_text(text)
        , m_place(place)
    {
    }

    Result<NodePointer> whole()
    {
        WARPLOOM_TRY(NodePointer node, conditional());
        skipSpace();
        if (m_at < m_text.size())
            return unexpected("an operator or the end");
        return node;
    }

private:
    tl::unexpected<Error> unexpected(std::string expected) const
    {
        SourcePlace place = m_place;
        if (place.line == 0)
            place.line = 1;
        place.column = std::max(place.column, 1) + static_cast<int>(m_at);
        std::string found = m_at < m_text.size() ? fmt::format("'{}'", m_text.substr(m_at, 12)) : "the end";
        return fail(Error{ErrorCode::InvalidInput, "bad expression", place, std::move(expected), std::move(found)});
    }

    void skipSpace()
    {
        while (m_at < m_text.size() && std::isspace(static_cast<unsigned char>(m_text[m_at])) != 0)
            ++m_at;
    }

    bool accept(std::string_view token)
    {
        skipSpace();
        if (!m_text.substr(m_at).starts_with(token))
            return false;
        m_at += token.size();
        return true;
    }

    std::shared_ptr<Expression::Node> make(ExpressionKind kind, std::size_t offset) const
    {
        auto node = std::make_shared<Expression::Node>();
        node->kind = kind;
        node->offset = static_cast<int>(offset);
        return node;
    }

    Result<NodePointer> conditional()
    {
        if (++m_depth > kDeepestNesting)
            return unexpected(fmt::format("at most {} nested parentheses", kDeepestNesting));
        WARPLOOM_TRY(NodePointer condition, binary(1));
        skipSpace();
        const std::size_t offset = m_at;
        if (!accept("?")) {
            --m_depth;
            return condition;
        }
        auto node = make(ExpressionKind::Conditional, offset);
        WARPLOOM_TRY(NodePointer whenTrue, conditional());
        if (!accept(":"))
            return unexpected("':'");
        WARPLOOM_TRY(NodePointer whenFalse, conditional());
        node->children = {condition, whenTrue, whenFalse};
        --m_depth;
        return node;
    }

    const BinaryOperator* peekOperator()
    {
        skipSpace();
        for (const BinaryOperator& candidate : kBinaryOperators) {
            if (m_text.substr(m_at).starts_with(candidate.text))
                return &candidate;
        }
        return nullptr;
    }

    Result<NodePointer> binary(int lowestPrecedence)
    {
        WARPLOOM_TRY(NodePointer left, unary());
        for (const BinaryOperator* op = peekOperator(); op != nullptr && op->precedence >= lowestPrecedence;
             op = peekOperator()) {
            auto node = make(ExpressionKind::Binary, m_at);
            node->op = op->op;
            m_at += op->text.size();
            WARPLOOM_TRY(NodePointer right, binary(op->precedence + 1));
            node->children = {left, right};
            left = node;
        }
        return left;
    }

    Result<NodePointer> unary()
    {
        skipSpace();
        const std::size_t offset = m_at;
        constexpr std::array<std::pair<std::string_view, Op>, 4> kUnary{
            {{"-", Op::Negate}, {"!", Op::Not}, {"~", Op::Complement}, {"+", Op::Plus}}};
        for (const auto& [text, op] : kUnary) {
            if (!accept(text))
                continue;
            if (++m_depth > kDeepestNesting)
                return unexpected(fmt::format("at most {} nested operators", kDeepestNesting));
            auto node = make(ExpressionKind::Unary, offset);
            node->op = op;
            WARPLOOM_TRY(NodePointer operand, unary());
            node->children = {operand};
            --m_depth;
            return node;
        }
        return primary();
    }

    Result<NodePointer> primary()
    {
        skipSpace();
        if (accept("(")) {
            WARPLOOM_TRY(NodePointer node, conditional());
            if (!accept(")"))
                return unexpected("')'");
            return node;
        }
        if (m_at < m_text.size() && std::isdigit(static_cast<unsigned char>(m_text[m_at])) != 0)
            return number();
        if (m_at < m_text.size() && isNameStart(m_text[m_at]))
            return nameOrCall();
        return unexpected("a number, a name or '('");
    }

    Result<NodePointer> number()
    {
        const std::size_t offset = m_at;
        int base = 10;
        if (m_text.substr(m_at).starts_with("0x") || m_text.substr(m_at).starts_with("0X")) {
            base = 16;
            m_at += 2;
        }
        std::int64_t value = 0;
        const char* end = m_text.data() + m_text.size();
        const auto [stop, error] = std::from_chars(m_text.data() + m_at, end, value, base);
        // from_chars would take the sign of "0x-1".
        if (error != std::errc() || m_text[m_at] == '-') {
            m_at = offset;
            return unexpected("a 64-bit integer");
        }
        m_at = static_cast<std::size_t>(stop - m_text.data());
        if (m_at < m_text.size() && (isNamePart(m_text[m_at]) || m_text[m_at] == '.'))
            return unexpected("an integer without suffix");
        auto node = make(ExpressionKind::Number, offset);
        node->number = value;
        return node;
    }

    Result<NodePointer> nameOrCall()
    {
        const std::size_t offset = m_at;
        while (m_at < m_text.size() && isNamePart(m_text[m_at]))
            ++m_at;
        const std::string name(m_text.substr(offset, m_at - offset));
        skipSpace();
        if (m_at >= m_text.size() || m_text[m_at] != '(') {
            auto node = make(ExpressionKind::Name, offset);
            node->name = name;
            return node;
        }
        if (name != "ceil_div" && name != "min" && name != "max") {
            m_at = offset;
            return unexpected("ceil_div, min or max before '('");
        }
        return call(name, offset);
    }

    Result<NodePointer> call(const std::string& name, std::size_t offset)
    {
        ++m_at;
        auto node = make(ExpressionKind::Call, offset);
        node->name = name;
        do {
            WARPLOOM_TRY(NodePointer argument, conditional());
            node->children.push_back(argument);
        } while (accept(","));
        if (!accept(")"))
            return unexpected("',' or ')'");
        const bool countFits = name == "ceil_div" ? node->children.size() == 2 : node->children.size() >= 2;
        if (!countFits) {
            m_at = offset;
            return unexpected(name == "ceil_div" ? "2 arguments" : "2 or more arguments");
        }
        return node;
    }

    std::string_view m_text;
    SourcePlace m_place;
    std::size_t m_at = 0;
    int m_depth = 0;
};

}  // namespace

Result<std::shared_ptr<const Expression::Node>> parseExpression(std::string_view text, const SourcePlace& place)
{
    if (text.size() > kLongestText) {
        return fail(Error{ErrorCode::InvalidInput, "bad expression", place,
                          fmt::format("at most {} characters", kLongestText), fmt::format("{}", text.size())});
    }
    return Parser(text, place).whole();
}

}  // namespace warploom
