// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ElementQuotients.h"

namespace warploom {

using namespace clang;

namespace {

const VarDecl* variableOf(const Expr* expression)
{
    // Casts that are written cut something off.
    const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression->IgnoreParenImpCasts());
    return reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
}

bool isProductOfSizes(const KernelScope& kernel, const Expr* expression)
{
    const Expr* plain = expression->IgnoreParenImpCasts();
    const auto* product = llvm::dyn_cast<BinaryOperator>(plain);
    if (product != nullptr && product->getOpcode() == BO_Mul)
        return isProductOfSizes(kernel, product->getLHS()) && isProductOfSizes(kernel, product->getRHS());
    if (llvm::isa<IntegerLiteral>(plain))
        return true;
    const auto* size = variableOf(plain);
    return llvm::isa_and_nonnull<ParmVarDecl>(size) && size->getType()->isIntegerType() && !kernel.isModified(size);
}

}  // namespace

std::vector<ElementQuotient> elementQuotients(const KernelScope& kernel, const VarDecl* var,
                                              const std::vector<const Stmt*>& body)
{
    const auto& source = kernel.source();
    std::vector<ElementQuotient> found;
    for (const Stmt* statement : body)
        walk(statement, [&](const Stmt* node) {
            const auto* division = llvm::dyn_cast<BinaryOperator>(node);
            if (division == nullptr || (division->getOpcode() != BO_Div && division->getOpcode() != BO_Rem)
                || variableOf(division->getLHS()) != var || !isProductOfSizes(kernel, division->getRHS()))
                return true;
            const auto range = source.range(division);
            const auto divisor = source.range(division->getRHS());
            // What a macro hides has no text of its own.
            if (!range || !divisor || source.text(*divisor).empty())
                return true;
            found.push_back({*range, division->getOpcode() == BO_Rem, division->getRHS(),
                             source.text(division->getRHS()->IgnoreParens())});
            return false;
        });
    return found;
}

}  // namespace warploom
