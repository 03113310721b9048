// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/CoarsenedLoops.h"

namespace warploom {

using namespace clang;

namespace {

/// More than that no hand keeps in registers.
constexpr std::int64_t kMostCoarsened = 64;

}  // namespace

std::map<std::int64_t, std::vector<CountedLoop>> constantLoops(const KernelScope& kernel)
{
    std::map<std::int64_t, std::vector<CountedLoop>> loops;
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        const auto loop = llvm::isa<ForStmt>(node) ? kernel.countedLoop(node) : std::nullopt;
        const auto bound = loop ? kernel.form(loop->bound) : std::nullopt;
        const auto count = bound ? bound->constantValue().value_or(0) : 0;
        const auto start = loop ? kernel.form(loop->start) : std::nullopt;
        const auto step = loop && loop->step != nullptr ? kernel.form(loop->step) : IndexForm::constant(1);
        if (count >= 2 && count <= kMostCoarsened && start && start->isZero() && step && step->isOne())
            loops[count].push_back(*loop);
        return true;
    });
    return loops;
}

std::pair<const VarDecl*, const Expr*> localElement(const Expr* element)
{
    const Expr* index = nullptr;
    const Expr* below = element->IgnoreParenImpCasts();
    while (const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(below)) {
        index = subscript->getIdx();
        below = subscript->getBase()->IgnoreParenImpCasts();
    }
    const auto* reference = llvm::dyn_cast<DeclRefExpr>(below);
    const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
    const bool isArray = var != nullptr && index != nullptr && var->isLocalVarDecl() && !isSharedArray(var)
        && llvm::isa<ConstantArrayType>(var->getType().getTypePtr());
    return isArray ? std::pair(var, index) : std::pair<const VarDecl*, const Expr*>(nullptr, nullptr);
}

bool leavesRound(const Stmt* body)
{
    bool leaves = false;
    walk(body, [&](const Stmt* node) {
        leaves = leaves || llvm::isa<BreakStmt, ContinueStmt, ReturnStmt, GotoStmt>(node);
        return !leaves;
    });
    return leaves;
}

}  // namespace warploom
