// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/RowNest.h"

namespace warploom {

using namespace clang;

namespace {

bool holdsLoop(const Stmt* statement)
{
    bool found = false;
    walk(statement, [&](const Stmt* node) {
        found = found || llvm::isa<ForStmt, WhileStmt, DoStmt, CXXForRangeStmt, LambdaExpr>(node);
        return !found;
    });
    return found;
}

/// Whether \p statement of a loop's body sets nothing but what the body declares, from what stays as it is.
bool isOwnValue(const KernelScope& kernel, const Stmt* statement, const ForStmt* loop)
{
    if (holdsLoop(statement) || kernel.containsReturn(statement) || kernel.synchronises(statement))
        return false;
    const auto all = kernel.accesses(kernel.kernel().getBody());
    for (const auto& access : kernel.accesses(statement)) {
        const bool isMoved = std::ranges::any_of(all, [&](const Access& other) {
            return other.writes && (other.base == nullptr || other.base == access.base);
        });
        if (access.base == nullptr || access.writes || isMoved)
            return false;
    }
    bool isOwn = true;
    walk(statement, [&](const Stmt* node) {
        const auto* call = llvm::dyn_cast<CallExpr>(node);
        isOwn = isOwn && (call == nullptr || call->getDirectCallee() != nullptr);
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
            for (const Decl* one : declaration->decls()) {
                const auto* var = llvm::dyn_cast<VarDecl>(one);
                isOwn = isOwn && var != nullptr && var->hasLocalStorage() && !var->getType()->isReferenceType();
            }
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (var != nullptr && kernel.isModifiedWithin(var, statement))
            isOwn = isOwn && loop->getBody()->getBeginLoc() < var->getBeginLoc();
        return isOwn;
    });
    return isOwn;
}

/// The loop that the body of \p loop consists of, but for values of its own; null for any other body.
const Stmt* nextOf(const KernelScope& kernel, const ForStmt* loop)
{
    const auto* compound = llvm::dyn_cast<CompoundStmt>(loop->getBody());
    if (compound == nullptr)
        return kernel.countedLoop(loop->getBody()) ? loop->getBody() : nullptr;
    const Stmt* found = nullptr;
    for (const Stmt* statement : compound->body()) {
        if (isOwnValue(kernel, statement, loop))
            continue;
        if (found != nullptr || !kernel.countedLoop(statement))
            return nullptr;
        found = statement;
    }
    return found;
}

}  // namespace

std::vector<RowNest> rowNests(const KernelScope& kernel, const Stmt* statement)
{
    std::vector<RowNest> nests;
    std::vector<CountedLoop> around;
    const Stmt* at = statement;
    while (const auto counted = kernel.countedLoop(at)) {
        nests.push_back({around, *counted, llvm::cast<ForStmt>(statement)});
        around.push_back(*counted);
        at = nextOf(kernel, counted->statement);
    }
    return nests;
}

std::set<std::string> varyingSymbols(const KernelScope& kernel, const Stmt* statement)
{
    std::set<std::string> symbols;
    walk(statement, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (var == nullptr)
            return true;
        const bool isInside =
            statement->getBeginLoc() <= var->getBeginLoc() && var->getEndLoc() <= statement->getEndLoc();
        if (isInside || kernel.isModifiedWithin(var, statement))
            symbols.insert(kernel.symbolOf(var));
        return true;
    });
    return symbols;
}

bool isOfOneIteration(const KernelScope& kernel, const IndexForm& index, const VarDecl* var,
                      const std::optional<IndexForm>& extent, const Stmt* around)
{
    const auto own = IndexForm::symbol(kernel.symbolOf(var));
    const auto rest = index - own;
    const auto varying = varyingSymbols(kernel, around);
    if (rest.dependsOn(kernel.symbolOf(var)))
        return false;
    const auto moves = rest.termsOf(varying);
    return moves.isZero() || (extent && extent->termsOf(varying).isZero() && moves.quotient(*extent).has_value());
}

}  // namespace warploom
