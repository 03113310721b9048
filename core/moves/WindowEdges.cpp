// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/WindowEdges.h"

#include "moves/IntegerCast.h"

namespace warploom {

using namespace clang;

namespace {

std::vector<const Expr*> argumentsOf(const Expr* expression, const char* name)
{
    const auto* call = llvm::dyn_cast<CallExpr>(expression);
    const bool isCall = call != nullptr && calleeName(call) == name && call->getNumArgs() == 2
        && call->getDirectCallee() != nullptr && !call->getDirectCallee()->hasBody()
        && call->getType()->isSignedIntegerType();
    return isCall ? std::vector<const Expr*>{call->getArg(0), call->getArg(1)} : std::vector<const Expr*>();
}

}  // namespace

WindowEdges::WindowEdges(const GridKernel& grid)
    : m_grid(grid)
    , m_kernel(grid.kernel())
{
}

std::optional<WindowEdges::Place> WindowEdges::read(const Expr* expression)
{
    m_edges.clear();
    expression = expression->IgnoreParenImpCasts();
    if (const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(expression))
        return placeAt(subscript->getBase(), subscript->getIdx(), false);
    if (const auto* unary = llvm::dyn_cast<UnaryOperator>(expression);
        unary != nullptr && unary->getOpcode() == UO_Deref)
        return placeOf(unary->getSubExpr());
    return expression->getType()->isPointerType() ? placeOf(expression) : std::nullopt;
}

/// A variable that has one value for good.
const VarDecl* WindowEdges::settled(const Expr* expression) const
{
    const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression);
    const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
    const bool isIndex =
        std::ranges::any_of(m_grid.guarded().indices, [&](const auto& index) { return index.var == var; });
    const bool isSettled = var != nullptr && !isIndex && var->isLocalVarDecl() && var->hasInit()
        && !m_kernel.isModified(var) && !var->getType()->isReferenceType();
    return isSettled ? var : nullptr;
}

std::optional<WindowEdges::Place> WindowEdges::placeOf(const Expr* expression)
{
    expression = expression->IgnoreParenImpCasts();
    if (const auto* var = settled(expression); var != nullptr && var->getType()->isPointerType())
        return placeOf(var->getInit());
    if (const auto* binary = llvm::dyn_cast<BinaryOperator>(expression);
        binary != nullptr && binary->isAdditiveOp() && binary->getLHS()->getType()->isPointerType())
        return placeAt(binary->getLHS(), binary->getRHS(), binary->getOpcode() == BO_Sub);
    if (const auto* unary = llvm::dyn_cast<UnaryOperator>(expression);
        unary != nullptr && unary->getOpcode() == UO_AddrOf)
        if (const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(unary->getSubExpr()->IgnoreParens()))
            return placeAt(subscript->getBase(), subscript->getIdx(), false);
    const auto plain = m_kernel.pointer(expression);
    const auto index = plain ? m_grid.canonical(plain->offset) : std::nullopt;
    return index ? std::optional(Place{plain->base, *index}) : std::nullopt;
}

std::optional<WindowEdges::Place> WindowEdges::placeAt(const Expr* pointer, const Expr* index, bool isLess)
{
    auto place = placeOf(pointer);
    const auto offset = place && index->getType()->isIntegerType() ? form(index) : std::nullopt;
    if (!offset)
        return std::nullopt;
    place->index = isLess ? place->index - *offset : place->index + *offset;
    return place->index.isReasonable() ? place : std::nullopt;
}

std::optional<IndexForm> WindowEdges::form(const Expr* expression)
{
    const auto& context = m_kernel.source().context();
    expression = expression->IgnoreParens();
    if (const auto* cast = llvm::dyn_cast<CastExpr>(expression))
        return cast->getSubExpr()->getType()->isIntegerType() && keepsNumber(cast, context) ? form(cast->getSubExpr())
                                                                                            : std::nullopt;
    if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression))
        if (const auto given = m_given.find(reference->getDecl()); given != m_given.end())
            return given->second;
    if (const auto* call = llvm::dyn_cast<CallExpr>(expression); call != nullptr && call->getDirectCallee() != nullptr)
        if (const auto* body = llvm::dyn_cast_or_null<CompoundStmt>(call->getDirectCallee()->getBody()))
            return formOfCall(*call, *body);
    if (const auto* var = settled(expression); var != nullptr && var->getType()->isIntegerType()) {
        const bool isWhole = context.getTypeSize(var->getType()) >= context.getTypeSize(context.IntTy)
            && (var->getType()->isSignedIntegerType() || !var->getInit()->getType()->isSignedIntegerType());
        return isWhole ? form(var->getInit()) : m_grid.canonical(expression);
    }
    for (const bool isLow : {true, false})
        if (const auto operands = argumentsOf(expression, isLow ? "max" : "min"); !operands.empty())
            return kept(operands[0], operands[1], isLow);
    if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(expression))
        return formOfChoice(choice);
    const auto* binary = llvm::dyn_cast<BinaryOperator>(expression);
    return binary != nullptr ? formOfBinary(binary) : m_grid.canonical(expression);
}

/// What a function of one line gives, where it is of integers that are passed by value.
std::optional<IndexForm> WindowEdges::formOfCall(const CallExpr& call, const CompoundStmt& body)
{
    const auto* result = body.size() == 1 ? llvm::dyn_cast<ReturnStmt>(body.body_front()) : nullptr;
    const auto& context = m_kernel.source().context();
    const auto& function = *call.getDirectCallee();
    if (result == nullptr || result->getRetValue() == nullptr || !m_given.empty()
        || call.getNumArgs() != function.getNumParams()
        || !context.hasSameUnqualifiedType(result->getRetValue()->getType(), call.getType()))
        return std::nullopt;
    std::map<const ValueDecl*, IndexForm> given;
    for (unsigned i = 0; i < call.getNumArgs(); ++i) {
        const auto type = function.getParamDecl(i)->getType();
        const auto value =
            type->isSignedIntegerType() && context.getTypeSize(type) >= context.getTypeSize(context.IntTy)
            ? form(call.getArg(i))
            : std::nullopt;
        if (!value)
            return std::nullopt;
        given[function.getParamDecl(i)] = *value;
    }
    m_given = std::move(given);
    const auto value = form(result->getRetValue());
    m_given.clear();
    return value;
}

std::optional<IndexForm> WindowEdges::formOfBinary(const BinaryOperator* binary)
{
    const bool isSum = binary->isAdditiveOp();
    if (!isSum && binary->getOpcode() != BO_Mul)
        return m_given.empty() ? m_grid.canonical(binary) : std::nullopt;
    const auto left = form(binary->getLHS());
    const auto right = left ? form(binary->getRHS()) : std::nullopt;
    if (!right || !left->isReasonable() || !right->isReasonable())
        return std::nullopt;
    return !isSum ? *left * *right : binary->getOpcode() == BO_Add ? *left + *right : *left - *right;
}

std::optional<std::size_t> WindowEdges::axisEndingAt(const IndexForm& form) const
{
    for (std::size_t axis = 0; axis < m_grid.axes().size(); ++axis)
        if (m_grid.axes()[axis].isFree && form + IndexForm::constant(1) == m_grid.axes()[axis].bound)
            return axis;
    return std::nullopt;
}

/// The larger, or the smaller, of two values, of which one is an end of an axis.
std::optional<IndexForm> WindowEdges::kept(const Expr* one, const Expr* other, bool isLow)
{
    const auto first = form(one);
    const auto second = first ? form(other) : std::nullopt;
    if (!second)
        return std::nullopt;
    for (const auto& [inner, end] : {std::pair(*first, *second), std::pair(*second, *first)}) {
        const auto axis = axisEndingAt(end);
        if (isLow ? !end.isZero() || inner.constantValue() : !axis)
            continue;
        m_edges.push_back({inner, axis.value_or(0), isLow});
        return inner;
    }
    return std::nullopt;
}

/// e < 0 ? 0 : e, e >= n ? n - 1 : e and what says the same.
std::optional<IndexForm> WindowEdges::formOfChoice(const ConditionalOperator* choice)
{
    const auto* test = llvm::dyn_cast<BinaryOperator>(choice->getCond()->IgnoreParenImpCasts());
    if (test == nullptr || !test->isRelationalOp() || !test->getLHS()->getType()->isSignedIntegerType()
        || !test->getRHS()->getType()->isSignedIntegerType() || !choice->getType()->isSignedIntegerType())
        return std::nullopt;
    const auto known = m_edges.size();
    const auto left = form(test->getLHS());
    const auto right = left ? form(test->getRHS()) : std::nullopt;
    // What is compared is kept on the grid for the comparison alone.
    m_edges.resize(known);
    const auto yes = right ? form(choice->getTrueExpr()) : std::nullopt;
    const auto no = yes ? form(choice->getFalseExpr()) : std::nullopt;
    if (!no)
        return std::nullopt;
    const auto opcode = test->getOpcode();
    const bool isBelow = opcode == BO_LT || opcode == BO_LE;
    const bool isStrict = opcode == BO_LT || opcode == BO_GT;
    const auto& small = isBelow ? *left : *right;  // where the condition is met
    const auto& large = isBelow ? *right : *left;
    // The value is the end where the condition is met, or where it is not.
    for (const bool isMet : {true, false}) {
        const auto& end = isMet ? *yes : *no;
        const auto& inner = isMet ? *no : *yes;
        const auto& below = isMet ? small : large;
        const auto& above = isMet ? large : small;
        const auto axis = axisEndingAt(end);
        const bool isLow = end.isZero() && !inner.constantValue() && below == inner && above == end;
        const bool isHigh =
            axis && above == inner && (below == end || (below == end + IndexForm::constant(1) && isStrict != isMet));
        if (!isLow && !isHigh)
            continue;
        m_edges.push_back({inner, axis.value_or(0), isLow});
        return inner;
    }
    return std::nullopt;
}

}  // namespace warploom
