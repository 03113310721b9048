// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ProductParts.h"

namespace warploom {

using namespace clang;

namespace {

void addParts(const Expr* value, QualType type, const ASTContext& context, FactorParts& parts, bool divides = false)
{
    const auto* product = llvm::dyn_cast<BinaryOperator>(value->IgnoreParens());
    const bool isProduct = product != nullptr && (product->getOpcode() == BO_Mul || product->getOpcode() == BO_Div)
        && context.hasSameUnqualifiedType(product->getType(), type);
    if (!isProduct) {
        parts.push_back({value->IgnoreParens(), divides});
        return;
    }
    addParts(product->getLHS(), type, context, parts, divides);
    addParts(product->getRHS(), type, context, parts, divides != (product->getOpcode() == BO_Div));
}

void addProducts(const Expr* value, QualType type, const ASTContext& context, std::vector<FactorParts>& products)
{
    const auto* addition = llvm::dyn_cast<BinaryOperator>(value->IgnoreParens());
    if (addition != nullptr && addition->getOpcode() == BO_Add
        && context.hasSameUnqualifiedType(addition->getType(), type)) {
        addProducts(addition->getLHS(), type, context, products);
        addProducts(addition->getRHS(), type, context, products);
        return;
    }
    products.emplace_back();
    addParts(value, type, context, products.back());
}

}  // namespace

std::vector<FactorParts> addedProducts(const VarDecl* sum, const BinaryOperator& update, const ASTContext& context)
{
    const auto type = sum->getType();
    const Expr* value = update.getRHS()->IgnoreParens();
    std::vector<FactorParts> products;
    if (const auto* call = llvm::dyn_cast<CallExpr>(value); call != nullptr && update.getOpcode() == BO_Assign) {
        const auto name = calleeName(call);
        if (call->getNumArgs() != 3 || (name != "fmaf" && name != "fma" && name != "__fmaf_rn")
            || plainVariable(call->getArg(2)) != sum || !context.hasSameUnqualifiedType(call->getType(), type))
            return {};
        products.emplace_back();
        addParts(call->getArg(0), type, context, products.back());
        addParts(call->getArg(1), type, context, products.back());
        return products;
    }
    const auto* addition = llvm::dyn_cast<BinaryOperator>(value);
    if (update.getOpcode() == BO_Assign && addition != nullptr && addition->getOpcode() == BO_Add
        && (plainVariable(addition->getLHS()) == sum) != (plainVariable(addition->getRHS()) == sum))
        value = plainVariable(addition->getLHS()) == sum ? addition->getRHS() : addition->getLHS();
    else if (update.getOpcode() != BO_AddAssign)
        return {};
    if (context.hasSameUnqualifiedType(value->getType(), type))
        addProducts(value, type, context, products);
    return products;
}

}  // namespace warploom
