// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ZeroValue.h"

#include <cmath>

#include "moves/Contraction.h"

namespace warploom {

using namespace clang;

bool ZeroValue::learn(const DeclStmt& statement)
{
    return std::ranges::all_of(statement.decls(), [&](const Decl* one) {
        const auto* var = llvm::dyn_cast<VarDecl>(one);
        if (var == nullptr || !var->hasInit() || m_kernel.isModified(var))
            return false;
        m_known[var] = valueOf(var->getInit());
        return true;
    });
}

bool ZeroValue::isZero(const Expr* expression) const { return valueOf(expression) == 0.0; }

bool ZeroValue::isPlusZero(const VarDecl* var, const Expr* expression) const
{
    expression = expression->IgnoreParenImpCasts();
    if (const auto* call = llvm::dyn_cast<CallExpr>(expression))
        return call->getNumArgs() == 3 && calleeName(call).rfind("fma", 0) == 0 && plainVariable(call->getArg(2)) == var
            && valueOf(call->getArg(0)) && valueOf(call->getArg(1))
            && *valueOf(call->getArg(0)) * *valueOf(call->getArg(1)) == 0.0;
    const auto* sum = llvm::dyn_cast<BinaryOperator>(expression);
    return sum != nullptr && sum->getOpcode() == BO_Add
        && ((plainVariable(sum->getLHS()) == var && isZero(sum->getRHS()))
            || (plainVariable(sum->getRHS()) == var && isZero(sum->getLHS())));
}

std::optional<double> ZeroValue::valueOf(const Expr* expression) const
{
    expression = loadedBy(expression);
    if (!m_kernel.accesses(expression).empty() && llvm::isa<ArraySubscriptExpr, UnaryOperator>(expression)) {
        const auto* unary = llvm::dyn_cast<UnaryOperator>(expression);
        if (unary == nullptr || unary->getOpcode() == UO_Deref)
            return 0.0;
    }
    Expr::EvalResult constant;
    if (!expression->isValueDependent() && expression->EvaluateAsRValue(constant, m_kernel.source().context())) {
        if (constant.Val.isInt())
            return static_cast<double>(constant.Val.getInt().getExtValue());
        return constant.Val.isFloat() ? std::optional(constant.Val.getFloat().convertToDouble()) : std::nullopt;
    }
    if (const auto* member = llvm::dyn_cast<MemberExpr>(expression))
        return !member->isArrow() && llvm::isa<FieldDecl>(member->getMemberDecl()) && isLoadedRecord(member->getBase())
            ? std::optional(0.0)
            : std::nullopt;
    if (const auto* var = plainVariable(expression)) {
        const auto known = m_known.find(var);
        return known == m_known.end() ? std::nullopt : known->second;
    }
    if (const auto* unary = llvm::dyn_cast<UnaryOperator>(expression)) {
        const auto value = valueOf(unary->getSubExpr());
        if (!value || (unary->getOpcode() != UO_Minus && unary->getOpcode() != UO_Plus))
            return std::nullopt;
        return unary->getOpcode() == UO_Minus ? -*value : *value;
    }
    if (const auto* binary = llvm::dyn_cast<BinaryOperator>(expression))
        return valueOfBinary(*binary);
    if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(expression)) {
        const auto condition = valueOf(choice->getCond());
        return condition ? valueOf(*condition != 0.0 ? choice->getTrueExpr() : choice->getFalseExpr()) : std::nullopt;
    }
    const auto* call = llvm::dyn_cast<CallExpr>(expression);
    return call == nullptr || llvm::isa<CXXOperatorCallExpr>(call) ? std::nullopt : valueOfCall(*call);
}

bool ZeroValue::isLoadedRecord(const Expr* record) const
{
    record = record->IgnoreParenImpCasts();
    if (const auto* copy = llvm::dyn_cast<CXXConstructExpr>(record))
        return copy->getConstructor()->isCopyOrMoveConstructor() && copy->getConstructor()->isTrivial()
            && isLoadedRecord(copy->getArg(0));
    if (const auto* var = plainVariable(record))
        return var->isLocalVarDecl() && var->hasInit() && !m_kernel.isModified(var) && isLoadedRecord(var->getInit());
    const auto* unary = llvm::dyn_cast<UnaryOperator>(record);
    return (llvm::isa<ArraySubscriptExpr>(record) || (unary != nullptr && unary->getOpcode() == UO_Deref))
        && !m_kernel.accesses(record).empty();
}

std::optional<double> ZeroValue::valueOfBinary(const BinaryOperator& binary) const
{
    const auto left = valueOf(binary.getLHS());
    const auto right = valueOf(binary.getRHS());
    if (!left || !right)
        return std::nullopt;
    switch (binary.getOpcode()) {
    case BO_Add:
        return *left + *right;
    case BO_Sub:
        return *left - *right;
    case BO_Mul:
        return *left * *right;
    case BO_LT:
        return *left < *right ? 1.0 : 0.0;
    case BO_GT:
        return *left > *right ? 1.0 : 0.0;
    case BO_LE:
        return *left <= *right ? 1.0 : 0.0;
    case BO_GE:
        return *left >= *right ? 1.0 : 0.0;
    case BO_EQ:
        return *left == *right ? 1.0 : 0.0;
    case BO_NE:
        return *left != *right ? 1.0 : 0.0;
    case BO_Xor:
    case BO_Or:
        return *left == 0.0 && *right == 0.0 ? std::optional(0.0) : std::nullopt;
    case BO_And:
        return *left == 0.0 || *right == 0.0 ? std::optional(0.0) : std::nullopt;
    default:
        return std::nullopt;
    }
}

std::optional<double> ZeroValue::valueOfCall(const CallExpr& call) const
{
    static const std::set<std::string> kZeroOfZeros = {
        "abs", "labs",   "llabs", "fabs", "fabsf",     "__popc",       "sqrt",     "sqrtf",  "__popcll", "min",
        "max", "fmin",   "fminf", "fmax", "fmaxf",     "umin",         "umax",     "tanhf",  "tanh",     "sinf",
        "sin", "__sinf", "fmaf",  "fma",  "__fmaf_rn", "__vabsdiffu4", "__vsadu4", "__dp4a", "__usad",   "__sad"};
    const bool isKnown = kZeroOfZeros.count(calleeName(&call)) > 0;
    const bool isOfZeros =
        std::ranges::all_of(call.arguments(), [&](const Expr* argument) { return isZero(argument); });
    return isKnown && isOfZeros ? std::optional(0.0) : std::nullopt;
}

}  // namespace warploom
