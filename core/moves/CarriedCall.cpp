// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/CarriedCall.h"

#include "moves/PlainLaunch.h"

namespace warploom {

using namespace clang;

namespace {

bool isReal(QualType type) { return type->isRealFloatingType() && !type.isVolatileQualified(); }

/// Whether \p value is made of sums and products, and quotients, of real parameters and numbers.
bool isArithmetic(const Expr* value)
{
    value = value->IgnoreParenImpCasts();
    if (llvm::isa<FloatingLiteral, IntegerLiteral>(value))
        return true;
    if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(value))
        return llvm::isa<ParmVarDecl>(reference->getDecl()) && isReal(reference->getType());
    if (const auto* unary = llvm::dyn_cast<UnaryOperator>(value))
        return unary->getOpcode() == UO_Minus && isArithmetic(unary->getSubExpr());
    const auto* binary = llvm::dyn_cast<BinaryOperator>(value);
    return binary != nullptr && (binary->isAdditiveOp() || binary->isMultiplicativeOp()) && isReal(binary->getType())
        && isArithmetic(binary->getLHS()) && isArithmetic(binary->getRHS());
}

}  // namespace

bool carriesValue(const KernelScope& kernel, const CallExpr& call)
{
    const auto* callee = call.getDirectCallee();
    const FunctionDecl* definition = nullptr;
    if (callee == nullptr || !callee->hasBody(definition) || !isReal(definition->getReturnType())
        || !std::ranges::all_of(definition->parameters(),
                                [](const ParmVarDecl* parameter) { return isReal(parameter->getType()); }))
        return false;
    const auto* returned = llvm::dyn_cast_or_null<ReturnStmt>(onlyStatement(definition->getBody()));
    const auto* assignment = llvm::dyn_cast_or_null<BinaryOperator>(kernel.parent(&call));
    if (returned == nullptr || returned->getRetValue() == nullptr || !isArithmetic(returned->getRetValue())
        || assignment == nullptr || assignment->getOpcode() != BO_Assign)
        return false;
    const auto* var = plainVariable(assignment->getLHS());
    const bool isCarried = var != nullptr && var->isLocalVarDecl()
        && std::ranges::any_of(call.arguments(), [&](const Expr* one) { return plainVariable(one) == var; });
    bool isInLoop = false;
    for (const Stmt* above = assignment; above != nullptr; above = kernel.parent(above))
        isInLoop = isInLoop || llvm::isa<ForStmt, WhileStmt, DoStmt>(above);
    return isCarried && isInLoop;
}

}  // namespace warploom
