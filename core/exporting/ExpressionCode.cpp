// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "exporting/ExpressionCode.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <sstream>

#include <fmt/format.h>

#include "task/ExpressionNode.h"
#include "task/ExpressionParser.h"

namespace warploom {

namespace {

using Node = Expression::Node;
using Op = ExpressionOperator;

// Words that a C identifier of a task may be but a C++ one may not, and the launcher's own names.
constexpr std::string_view kTaken =
    "alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t "
    "class compl concept const consteval constexpr constinit const_cast continue co_await co_return co_yield "
    "decltype default delete do double dynamic_cast else enum explicit export extern false float for friend "
    "goto if inline int long mutable namespace new noexcept not not_eq nullptr operator or or_eq private "
    "protected public register reinterpret_cast requires return short signed sizeof static static_assert "
    "static_cast struct switch template this thread_local throw true try typedef typeid typename union "
    "unsigned using virtual void volatile wchar_t while xor xor_eq std stream error launch isDefined "
    "cudaError_t cudaStream_t warploom_export";

constexpr std::int64_t kLargestInt = 0x7FFFFFFF;

// Precedence as in C: see ExpressionParser.
enum Precedence {
    kConditional,
    kLogicalOr,
    kLogicalAnd,
    kOr,
    kXor,
    kAnd,
    kEquality,
    kRelation,
    kShift,
    kSum,
    kProduct,
    kUnary,
    kPrimary
};

struct OperatorText {
    Op op;
    std::string_view text;
    Precedence precedence;
};

constexpr std::array kBinary{
    OperatorText{Op::Multiply, "*", kProduct},
    OperatorText{Op::Divide, "/", kProduct},
    OperatorText{Op::Modulo, "%", kProduct},
    OperatorText{Op::Add, "+", kSum},
    OperatorText{Op::Subtract, "-", kSum},
    OperatorText{Op::ShiftLeft, "<<", kShift},
    OperatorText{Op::ShiftRight, ">>", kShift},
    OperatorText{Op::Less, "<", kRelation},
    OperatorText{Op::LessEqual, "<=", kRelation},
    OperatorText{Op::Greater, ">", kRelation},
    OperatorText{Op::GreaterEqual, ">=", kRelation},
    OperatorText{Op::Equal, "==", kEquality},
    OperatorText{Op::NotEqual, "!=", kEquality},
    OperatorText{Op::And, "&", kAnd},
    OperatorText{Op::Xor, "^", kXor},
    OperatorText{Op::Or, "|", kOr},
    OperatorText{Op::LogicalAnd, "&&", kLogicalAnd},
    OperatorText{Op::LogicalOr, "||", kLogicalOr},
};

/// Above 0 whatever the sizes are, as long as they are.
bool isPositive(const Node& node, const CodeNames& names)
{
    if (node.kind == ExpressionKind::Number)
        return node.number > 0;
    if (node.kind == ExpressionKind::Name)
        return names.isPositive(node.name);
    const bool keepsSign = node.kind == ExpressionKind::Call
        || (node.kind == ExpressionKind::Binary && (node.op == Op::Add || node.op == Op::Multiply));
    return keepsSign && std::all_of(node.children.begin(), node.children.end(), [&names](const auto& child) {
               return isPositive(*child, names);
           });
}

struct Piece {
    std::string text;
    Precedence precedence = kPrimary;
    bool isTruth = false;  ///< bool in C++, an integer in the expression's own rules
    bool isInt = false;  ///< a literal that is an int in C++: 32 bits
};

/// Turns one tree into text.
class Translator {
public:
    explicit Translator(const CodeNames& names)
        : m_names(names)
    {
    }

    [[nodiscard]] Piece piece(const Node& node) const
    {
        switch (node.kind) {
        case ExpressionKind::Number:
            return {std::to_string(node.number), kPrimary, false, node.number <= kLargestInt};
        case ExpressionKind::Name:
            return {m_names.of(node.name)};
        case ExpressionKind::Unary:
            return unary(node);
        case ExpressionKind::Binary:
            return binary(node);
        case ExpressionKind::Conditional:
            return conditional(node);
        case ExpressionKind::Call:
            return call(node);
        }
        return {};
    }

private:
    // Beside a 64-bit operand a literal is widened anyway; alone with other literals it could overflow an int.
    static Piece widened(Piece literal)
    {
        if (literal.isInt)
            literal.text += "LL";
        literal.isInt = false;
        return literal;
    }

    static std::string bracketed(const Piece& inner, bool needed)
    {
        return needed ? fmt::format("({})", inner.text) : inner.text;
    }

    [[nodiscard]] Piece integer(const Node& node) const
    {
        Piece inner = piece(node);
        if (!inner.isTruth)
            return inner;
        return {fmt::format("static_cast<std::int64_t>({})", inner.text)};
    }

    [[nodiscard]] Piece unary(const Node& node) const
    {
        const bool isNot = node.op == Op::Not;
        const Piece inner = isNot ? piece(*node.children[0]) : widened(integer(*node.children[0]));
        const std::string_view sign = isNot ? "!" : node.op == Op::Negate ? "-" : node.op == Op::Complement ? "~" : "+";
        const bool signsTouch = inner.precedence == kUnary && !isNot;
        return {fmt::format("{}{}", sign, bracketed(inner, inner.precedence < kUnary || signsTouch)), kUnary, isNot};
    }

    [[nodiscard]] Piece conditional(const Node& node) const
    {
        const Piece condition = piece(*node.children[0]);
        return {fmt::format("{} ? {} : {}", bracketed(condition, condition.precedence <= kConditional),
                            widened(integer(*node.children[1])).text, widened(integer(*node.children[2])).text),
                kConditional};
    }

    [[nodiscard]] Piece binary(const Node& node) const
    {
        if ((node.op == Op::Divide || node.op == Op::Modulo) && !isPositive(*node.children[1], m_names)) {
            return {fmt::format("warploom_export::{}({}, {}, isDefined)", node.op == Op::Divide ? "divide" : "modulo",
                                integer(*node.children[0]).text, integer(*node.children[1]).text)};
        }
        OperatorText shape = kBinary[0];
        for (const OperatorText& candidate : kBinary) {
            if (candidate.op == node.op)
                shape = candidate;
        }
        const bool isLogical = shape.precedence <= kLogicalAnd;
        const bool isTruth = isLogical || shape.precedence == kEquality || shape.precedence == kRelation;
        Piece left = isLogical ? piece(*node.children[0]) : integer(*node.children[0]);
        const Piece right = isLogical ? piece(*node.children[1]) : integer(*node.children[1]);
        if (right.isInt || shape.precedence == kShift)
            left = widened(left);
        return {fmt::format("{} {} {}", bracketed(left, needsBrackets(left, shape, false)), shape.text,
                            bracketed(right, needsBrackets(right, shape, true))),
                shape.precedence, isTruth};
    }

    // Beyond what precedence asks for, compilers warn of && in ||, and of sums and relations in shifts and bits.
    static bool needsBrackets(const Piece& operand, const OperatorText& parent, bool isRight)
    {
        if (operand.precedence < parent.precedence || (isRight && operand.precedence == parent.precedence))
            return true;
        if (operand.precedence >= kUnary)
            return false;
        const bool mixesLogic = parent.precedence == kLogicalOr && operand.precedence == kLogicalAnd;
        const bool mixesBits = (parent.precedence >= kOr && parent.precedence <= kAnd) || parent.precedence == kShift;
        const bool chainsRelations = (parent.precedence == kEquality || parent.precedence == kRelation)
            && (operand.precedence == kEquality || operand.precedence == kRelation);
        return mixesLogic || chainsRelations || (mixesBits && operand.precedence != parent.precedence);
    }

    [[nodiscard]] Piece call(const Node& node) const
    {
        std::string arguments;
        for (const auto& child : node.children)
            arguments += fmt::format("{}{}", arguments.empty() ? "" : ", ", integer(*child).text);
        if (node.name != "ceil_div")
            return {fmt::format("warploom_export::{}({{{}}})", node.name, arguments)};
        const bool safe = isPositive(*node.children[1], m_names);
        return {fmt::format("warploom_export::ceil_div({}{})", arguments, safe ? "" : ", isDefined")};
    }

    const CodeNames& m_names;
};

Result<Piece> pieceOf(const Expression& expression, const CodeNames& names)
{
    WARPLOOM_TRY(const auto root, parseExpression(expression.text(), {}));
    return Translator(names).piece(*root);
}

}  // namespace

CodeNames::CodeNames(const Task& task, const Directives& directives, const Configuration& configuration)
{
    std::istringstream words{std::string(kTaken)};
    std::set<std::string> taken{std::istream_iterator<std::string>(words), std::istream_iterator<std::string>()};
    const auto add = [this, &taken](const std::string& name) {
        std::string own = name;
        while (!taken.insert(own).second)
            own += '_';
        m_names[name] = own;
    };
    for (const TaskBuffer& buffer : task.buffers)
        add(buffer.name);
    for (const std::string& size : task.sizeNames()) {
        add(size);
        m_positive.insert(size);
    }
    for (const TaskScalar& scalar : task.scalars)
        add(scalar.name);
    for (const auto& [name, value] : configuration) {
        add(name);
        if (value > 0)
            m_positive.insert(name);
    }
    for (const LetDirective& let : directives.lets) {
        add(let.name);
        if (const auto root = parseExpression(let.value.text(), {}); root && warploom::isPositive(**root, *this))
            m_positive.insert(let.name);
    }
    for (const ScratchDirective& scratch : directives.scratches)
        add(scratch.name);
}

const std::string& CodeNames::of(const std::string& name) const
{
    const auto found = m_names.find(name);
    return found == m_names.end() ? name : found->second;
}

std::string cppType(ElementType type)
{
    switch (type) {
    case ElementType::F64:
        return "double";
    case ElementType::F32:
        return "float";
    case ElementType::F16:
        return "__half";
    case ElementType::BF16:
        return "__nv_bfloat16";
    default:
        break;
    }
    return fmt::format("std::{}int{}_t", isSigned(type) ? "" : "u", elementSize(type) * 8);
}

std::string cppLiteral(std::int64_t value)
{
    // There are no negative literals: the lowest number would be the negative of one that is too large.
    if (value == std::numeric_limits<std::int64_t>::min())
        return "(-9223372036854775807 - 1)";
    return value < 0 ? fmt::format("({})", value) : std::to_string(value);
}

Result<std::string> cppExpression(const Expression& expression, const CodeNames& names)
{
    WARPLOOM_TRY(const Piece piece, pieceOf(expression, names));
    return piece.text;
}

Result<std::string> cppElementCount(const std::vector<Expression>& shape, const CodeNames& names)
{
    std::string product;
    for (const Expression& extent : shape) {
        WARPLOOM_TRY(const Piece piece, pieceOf(extent, names));
        const bool bare = piece.precedence >= kUnary || shape.size() == 1;
        product += fmt::format("{}{}", product.empty() ? "" : " * ", bare ? piece.text : "(" + piece.text + ")");
    }
    return product.empty() ? std::string("1") : product;
}

}  // namespace warploom
