// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/HostExpressions.h"

#include <cmath>

#include "moves/KernelScope.h"

namespace warploom {

using namespace clang;

namespace {

constexpr int kDeepestHostExpression = 40;

/// For expressions that become one symbol: the order of names in it does not matter.
std::string textOf(const IndexForm& form) { return expressionText(form, {}); }

/// Through references too: launchers pass their grids on.
bool isDim3(QualType type)
{
    const auto* record = type.getNonReferenceType()->getAsCXXRecordDecl();
    return record != nullptr && identifierOf(record) == "dim3";
}

int compare(BinaryOperatorKind operation, std::int64_t a, std::int64_t b)
{
    switch (operation) {
    case BO_LT:
        return a < b;
    case BO_LE:
        return a <= b;
    case BO_GT:
        return a > b;
    case BO_GE:
        return a >= b;
    case BO_EQ:
        return a == b;
    default:
        return a != b;
    }
}

}  // namespace

const Expr* returnedBy(const FunctionDecl* function)
{
    const FunctionDecl* definition = nullptr;
    const auto* body =
        function->hasBody(definition) ? llvm::dyn_cast_or_null<CompoundStmt>(definition->getBody()) : nullptr;
    const auto* only = body == nullptr || body->size() != 1 ? nullptr : *body->body_begin();
    const auto* statement = llvm::dyn_cast_or_null<ReturnStmt>(only);
    return statement == nullptr ? nullptr : statement->getRetValue();
}

std::string withoutBlanks(std::string_view text)
{
    std::string result;
    std::copy_if(text.begin(), text.end(), std::back_inserter(result),
                 [](char c) { return c != ' ' && c != '\t' && c != '\n' && c != '\r'; });
    return result;
}

const Expr* stripped(const Expr* expression)
{
    while (true) {
        const Expr* inner = expression->IgnoreParenCasts();
        if (const auto* cleanups = llvm::dyn_cast<ExprWithCleanups>(inner))
            inner = cleanups->getSubExpr();
        else if (const auto* temporary = llvm::dyn_cast<MaterializeTemporaryExpr>(inner))
            inner = temporary->getSubExpr();
        else if (const auto* copy = llvm::dyn_cast<CXXConstructExpr>(inner);
                 copy != nullptr && copy->getNumArgs() == 1 && copy->getConstructor()->isCopyOrMoveConstructor())
            inner = copy->getArg(0);
        if (inner == expression)
            return expression;
        expression = inner;
    }
}

HostExpressions::HostExpressions(const HostedSource& source, std::map<std::string, std::string> sizes,
                                 std::vector<std::string> taken)
    : m_source(source)
    , m_sizes(std::move(sizes))
    , m_taken(std::move(taken))
{
    for (const auto* function : source.hostFunctions())
        noteChanges(function->getBody());
}

/// Variables that are assigned somewhere have no value that could be known here; a dim3 may get its parts one by one.
void HostExpressions::noteChanges(const Stmt* body)
{
    walk(body, [&](const Stmt* node) {
        const Expr* target = nullptr;
        const Expr* value = nullptr;
        if (const auto* binary = llvm::dyn_cast<BinaryOperator>(node); binary != nullptr && binary->isAssignmentOp()) {
            target = binary->getLHS();
            value = binary->getOpcode() == BO_Assign ? binary->getRHS() : nullptr;
        } else if (const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
                   unary != nullptr && (unary->isIncrementDecrementOp() || unary->getOpcode() == UO_AddrOf)) {
            target = unary->getSubExpr();
        }
        if (target == nullptr)
            return true;
        if (const auto* var = plainVariable(target))
            m_modified.insert(var);
        const auto* member = llvm::dyn_cast<MemberExpr>(target->IgnoreParenCasts());
        const auto* owner = member == nullptr ? nullptr : plainVariable(member->getBase());
        const auto field = member == nullptr ? llvm::StringRef() : identifierOf(member->getMemberDecl());
        if (owner != nullptr && field.size() == 1)
            m_memberValues[{owner, field[0] - 'x'}] = value;
        return true;
    });
}

std::optional<IndexForm> HostExpressions::form(const Expr* expression) const { return read(expression, {}, 0); }

std::array<std::optional<IndexForm>, 3> HostExpressions::extents(const Expr* expression) const
{
    return readExtents(expression, {}, 0);
}

std::optional<IndexForm> HostExpressions::read(const Expr* expression, const Environment& values, int depth) const
{
    if (depth > kDeepestHostExpression || expression->containsErrors())
        return std::nullopt;
    if (const auto size = m_sizes.find(withoutBlanks(m_source.written(expression))); size != m_sizes.end())
        return IndexForm::symbol(size->second);
    if (const auto* inner = stripped(expression); inner != expression)
        return read(inner, values, depth + 1);
    if (const auto* binary = llvm::dyn_cast<BinaryOperator>(expression))
        return readBinary(binary, values, depth + 1);
    if (const auto* call = llvm::dyn_cast<CallExpr>(expression))
        return readCall(call, values, depth + 1);
    if (const auto* member = llvm::dyn_cast<MemberExpr>(expression))
        return readMember(member, values, depth + 1);
    if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression);
        reference != nullptr && llvm::isa<VarDecl>(reference->getDecl()))
        return readVariable(reference, values, depth + 1);
    if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(expression)) {
        const auto condition = read(choice->getCond(), values, depth + 1);
        const auto yes = read(choice->getTrueExpr(), values, depth + 1);
        const auto no = read(choice->getFalseExpr(), values, depth + 1);
        if (!condition || !yes || !no)
            return std::nullopt;
        if (const auto known = condition->constantValue())
            return *known != 0 ? yes : no;
        return IndexForm::symbol(fmt::format("{{({}) ? ({}) : ({})}}", textOf(*condition), textOf(*yes), textOf(*no)));
    }
    if (const auto* real = llvm::dyn_cast<FloatingLiteral>(expression)) {
        const double value = real->getValueAsApproximateDouble();
        return value == std::floor(value) && std::abs(value) < 1e15
            ? std::optional(IndexForm::constant(static_cast<std::int64_t>(value)))
            : std::nullopt;
    }
    Expr::EvalResult constant;
    if (!expression->isValueDependent() && expression->EvaluateAsInt(constant, m_source.context())
        && constant.Val.getInt().getSignificantBits() <= 64)
        return IndexForm::constant(constant.Val.getInt().getExtValue());
    return std::nullopt;
}

/// In this order: bound by a call, set once, coming from outside.
std::optional<IndexForm> HostExpressions::readVariable(const DeclRefExpr* reference, const Environment& values,
                                                       int depth) const
{
    const auto* var = llvm::cast<VarDecl>(reference->getDecl());
    if (const auto known = values.find(var); known != values.end())
        return known->second;
    if (!var->getType()->isIntegralOrEnumerationType() && !var->getType()->isFloatingType())
        return std::nullopt;
    if (var->hasInit() && m_modified.count(var) == 0)
        if (auto form = read(var->getInit(), values, depth))
            return form;
    if (!var->getType()->isIntegerType())
        return std::nullopt;
    auto name = var->getNameAsString();
    if (std::find(m_taken.begin(), m_taken.end(), name) != m_taken.end())
        name = "host_" + name;
    m_free.insert(name);
    return IndexForm::symbol(name);
}

std::optional<IndexForm> HostExpressions::readBinary(const BinaryOperator* binary, const Environment& values,
                                                     int depth) const
{
    const auto left = read(binary->getLHS(), values, depth);
    const auto right = read(binary->getRHS(), values, depth);
    if (!left || !right)
        return std::nullopt;
    const auto amount = right->constantValue().value_or(-1);
    switch (binary->getOpcode()) {
    case BO_Add:
        return *left + *right;
    case BO_Sub:
        return *left - *right;
    case BO_Mul:
        return *left * *right;
    case BO_Div:
        return binary->getType()->isIntegerType() ? std::optional(quotientForm('/', *left, *right)) : std::nullopt;
    case BO_Rem:
        return quotientForm('%', *left, *right);
    case BO_Shl:
        if (amount >= 0 && amount < 32)
            return *left * IndexForm::constant(std::int64_t{1} << amount);
        return std::nullopt;
    case BO_Shr:
        if (amount >= 0 && amount < 32)
            return quotientForm('/', *left, IndexForm::constant(std::int64_t{1} << amount));
        return std::nullopt;
    default:
        if (!binary->isComparisonOp())
            return std::nullopt;
        if (const auto x = left->constantValue(), y = right->constantValue(); x && y)
            return IndexForm::constant(compare(binary->getOpcode(), *x, *y));
        return IndexForm::symbol(
            fmt::format("{{{} {} {}}}", textOf(*left), binary->getOpcodeStr().str(), textOf(*right)));
    }
}

/// min, max, ceil of a quotient, and functions (lambdas too) that only return an expression.
std::optional<IndexForm> HostExpressions::readCall(const CallExpr* call, const Environment& values, int depth) const
{
    const auto* callee = call->getDirectCallee();
    if (callee == nullptr)
        return std::nullopt;
    const auto name = calleeName(call);
    if (isOneOf(name, {"min", "max"}) && call->getNumArgs() == 2) {
        const auto a = read(call->getArg(0), values, depth);
        const auto b = read(call->getArg(1), values, depth);
        if (!a || !b)
            return std::nullopt;
        if (const auto x = a->constantValue(), y = b->constantValue(); x && y)
            return IndexForm::constant(name == "min" ? std::min(*x, *y) : std::max(*x, *y));
        return IndexForm::symbol(fmt::format("{{{}({}, {})}}", name, textOf(*a), textOf(*b)));
    }
    if (isOneOf(name, {"ceil", "ceilf"}) && call->getNumArgs() == 1) {
        const auto* division = llvm::dyn_cast<BinaryOperator>(stripped(call->getArg(0)));
        if (division == nullptr || division->getOpcode() != BO_Div)
            return std::nullopt;
        const auto a = read(division->getLHS(), values, depth);
        const auto b = read(division->getRHS(), values, depth);
        return a && b ? std::optional(quotientForm('/', *a + *b - IndexForm::constant(1), *b)) : std::nullopt;
    }
    const auto* result = returnedBy(callee);
    const unsigned first = llvm::isa<CXXOperatorCallExpr>(call) ? 1 : 0;
    if (result == nullptr || call->getNumArgs() - first != callee->getNumParams())
        return std::nullopt;
    Environment inner;
    for (unsigned i = 0; i < callee->getNumParams(); ++i)
        if (const auto argument = read(call->getArg(first + i), values, depth))
            inner[callee->getParamDecl(i)] = *argument;
    return read(result, inner, depth);
}

/// block.x and the like.
std::optional<IndexForm> HostExpressions::readMember(const MemberExpr* member, const Environment& values,
                                                     int depth) const
{
    const auto field = identifierOf(member->getMemberDecl());
    if (field.size() != 1 || field[0] < 'x' || field[0] > 'z' || !isDim3(member->getBase()->getType()))
        return std::nullopt;
    return readExtents(member->getBase(), values, depth)[static_cast<std::size_t>(field[0] - 'x')];
}

std::array<std::optional<IndexForm>, 3> HostExpressions::readExtents(const Expr* expression, const Environment& values,
                                                                     int depth) const
{
    std::array<std::optional<IndexForm>, 3> extents;
    expression = stripped(expression);
    if (depth > kDeepestHostExpression)
        return extents;
    if (const auto* var = plainVariable(expression); var != nullptr && isDim3(var->getType())) {
        if (var->hasInit() && m_modified.count(var) == 0)
            extents = readExtents(var->getInit(), values, depth + 1);
        for (int axis = 0; axis < 3; ++axis)
            if (const auto set = m_memberValues.find({var, axis}); set != m_memberValues.end())
                extents[static_cast<std::size_t>(axis)] =
                    set->second == nullptr ? std::nullopt : read(set->second, values, depth + 1);
        return extents;
    }
    if (const auto* construct = llvm::dyn_cast<CXXConstructExpr>(expression);
        construct != nullptr && isDim3(construct->getType())) {
        for (unsigned axis = 0; axis < 3; ++axis) {
            const auto* given = axis < construct->getNumArgs() ? construct->getArg(axis) : nullptr;
            const bool isDefault = given == nullptr || llvm::isa<CXXDefaultArgExpr>(given);
            extents[axis] = isDefault ? IndexForm::constant(1) : read(given, values, depth + 1);
        }
        return extents;
    }
    return {read(expression, values, depth + 1), IndexForm::constant(1), IndexForm::constant(1)};
}

std::optional<double> HostExpressions::startValue(const Expr* expression) const
{
    for (int depth = 0; depth < kDeepestHostExpression; ++depth) {
        expression = stripped(expression);
        Expr::EvalResult result;
        if (!expression->isValueDependent() && !expression->containsErrors()
            && expression->EvaluateAsRValue(result, m_source.context()) && !result.HasSideEffects) {
            if (result.Val.isInt())
                return static_cast<double>(result.Val.getInt().getExtValue());
            if (result.Val.isFloat())
                return result.Val.getFloat().convertToDouble();
        }
        const auto* var = plainVariable(expression);
        if (var == nullptr || !var->hasInit())
            return std::nullopt;
        expression = var->getInit();
    }
    return std::nullopt;
}

}  // namespace warploom
