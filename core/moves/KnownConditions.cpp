// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/KnownConditions.h"

namespace warploom {

using namespace clang;

namespace {

void comparisonsOf(const Expr* condition, bool holds, const KnownComparison& known)
{
    condition = condition->IgnoreParenImpCasts();
    if (const auto* unary = llvm::dyn_cast<UnaryOperator>(condition); unary != nullptr && unary->getOpcode() == UO_LNot)
        return comparisonsOf(unary->getSubExpr(), !holds, known);
    const auto* binary = llvm::dyn_cast<BinaryOperator>(condition);
    if (binary == nullptr)
        return;
    if (binary->getOpcode() == (holds ? BO_LAnd : BO_LOr)) {
        comparisonsOf(binary->getLHS(), holds, known);
        comparisonsOf(binary->getRHS(), holds, known);
    } else if (binary->isComparisonOp()) {
        known(*binary, holds);
    }
}

/// Whoever met a condition of an earlier return is gone.
void comparisonsBefore(const Stmt* node, const CompoundStmt& block, const KnownComparison& known)
{
    for (const Stmt* before : block.body()) {
        if (before == node)
            return;
        const auto* branch = llvm::dyn_cast<IfStmt>(before);
        if (branch != nullptr && branch->getElse() == nullptr && leavesKernel(branch->getThen()))
            comparisonsOf(branch->getCond(), false, known);
    }
}

}  // namespace

void comparisonsAround(const KernelScope& kernel, const Stmt* node, const KnownComparison& known)
{
    for (const Stmt* above = kernel.parent(node); above != nullptr; node = above, above = kernel.parent(node)) {
        if (const auto* branch = llvm::dyn_cast<IfStmt>(above)) {
            if (branch->getThen() == node || branch->getElse() == node)
                comparisonsOf(branch->getCond(), branch->getThen() == node, known);
        } else if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(above)) {
            if (choice->getCond() != node)
                comparisonsOf(choice->getCond(), choice->getTrueExpr() == node, known);
        } else if (const auto* both = llvm::dyn_cast<BinaryOperator>(above); both != nullptr && both->isLogicalOp()) {
            if (both->getRHS() == node)
                comparisonsOf(both->getLHS(), both->getOpcode() == BO_LAnd, known);
        } else if (const auto* block = llvm::dyn_cast<CompoundStmt>(above)) {
            comparisonsBefore(node, *block, known);
        }
    }
}

bool leavesKernel(const Stmt* statement)
{
    if (const auto* block = llvm::dyn_cast_or_null<CompoundStmt>(statement))
        return !block->body_empty() && leavesKernel(block->body_back());
    return llvm::isa_and_nonnull<ReturnStmt>(statement);
}

}  // namespace warploom
