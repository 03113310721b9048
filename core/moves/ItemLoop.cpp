// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ItemLoop.h"

#include "moves/FoldLoop.h"
#include "moves/PlainLaunch.h"

namespace warploom {

using namespace clang;

namespace {

/// Whether the loop goes by strides of the block, or of the whole grid.
std::optional<bool> isBlocks(const KernelScope& kernel, const CountedLoop& loop)
{
    const auto start = kernel.form(loop.start);
    const auto step = loop.step == nullptr ? std::nullopt : kernel.form(loop.step);
    const auto block = IndexForm::symbol(blockSizeSymbol(0));
    if (!start || !step)
        return std::nullopt;
    if (*start == IndexForm::symbol(threadSymbol(0)) && *step == block)
        return true;
    return isThreadIndex(kernel, loop.start, 0) && *step == block * IndexForm::symbol(gridSizeSymbol(0))
        ? std::optional(false)
        : std::nullopt;
}

/// Values that are set once, before the loop, and write nothing.
bool readPreamble(const KernelScope& kernel, const std::vector<const Stmt*>& statements, GuardedKernel& found)
{
    for (std::size_t i = 0; i + 1 < statements.size(); ++i) {
        const auto* declaration = llvm::dyn_cast<DeclStmt>(statements[i]);
        const auto* var = declaration == nullptr || !declaration->isSingleDecl()
            ? nullptr
            : llvm::dyn_cast<VarDecl>(declaration->getSingleDecl());
        if (var == nullptr || isSharedArray(var) || kernel.isModified(var)
            || std::ranges::any_of(kernel.accesses(declaration), [](const auto& access) { return access.writes; }))
            return false;
        found.preamble.push_back(declaration);
    }
    return true;
}

/// Whether only variables of the round's own are changed in \p loop.
bool keepsNothing(const KernelScope& kernel, const ForStmt& loop, const VarDecl* counter)
{
    bool keeps = kernel.containsReturn(&loop);
    walk(&loop, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        keeps = keeps
            || (var != nullptr && var != counter && kernel.isModified(var) && !isDeclaredWithin(var, loop.getBody()));
        return !keeps;
    });
    return !keeps;
}

/// Whether a break would leave \p loop itself.
bool isLeft(const KernelScope& kernel, const ForStmt& loop)
{
    bool left = false;
    walk(loop.getBody(), [&](const Stmt* node) {
        if (!llvm::isa<BreakStmt>(node))
            return !left;
        const Stmt* above = kernel.parent(node);
        while (above != nullptr && !llvm::isa<ForStmt, WhileStmt, DoStmt, SwitchStmt>(above))
            above = kernel.parent(above);
        left = left || above == &loop;
        return !left;
    });
    return left;
}

}  // namespace

std::optional<GuardedKernel> itemLoop(const KernelScope& kernel)
{
    const auto statements = kernel.statements();
    const auto loop = statements.empty() ? std::nullopt : kernel.countedLoop(statements.back());
    const auto blocks = loop ? isBlocks(kernel, *loop) : std::nullopt;
    const auto start = loop ? kernel.source().range(loop->start) : std::nullopt;
    if (!blocks || !start || dependsOnThread(kernel, loop->bound) || isLeft(kernel, *loop->statement)
        || !keepsNothing(kernel, *loop->statement, loop->var)
        || std::ranges::any_of(kernel.kernel().parameters(),
                               [&](const auto* parameter) { return kernel.isModified(parameter); }))
        return std::nullopt;
    GuardedKernel found;
    const auto isLayer = [&](const IndexForm& form) {
        if (*blocks)
            return form == IndexForm::symbol(blockSymbol(0));
        return form == IndexForm::symbol(blockSymbol(1)) || form == IndexForm::symbol(blockSymbol(2));
    };
    const auto* body = loop->statement->getBody();
    if (!readPreamble(kernel, statements, found) || !usesOnlyBuiltins(kernel, body, isLayer)
        || !std::ranges::all_of(found.preamble,
                                [&](const Stmt* one) { return usesOnlyBuiltins(kernel, one, isLayer); }))
        return std::nullopt;
    found.indices.push_back({loop->var, 0, *start});
    found.bounds[loop->var] = loop->bound;
    found.body = statementsIn(body);
    const auto first = found.body.empty() ? std::nullopt : kernel.source().statementRange(found.body.front());
    const auto last = found.body.empty() ? std::nullopt : kernel.source().statementRange(found.body.back());
    if (!first || !last)
        return std::nullopt;
    found.bodyRange = {first->begin, last->end};
    return found;
}

bool isLoopOfBlock(const KernelScope& kernel, const GuardedKernel& items)
{
    return items.guard == nullptr
        && kernel.form(items.indices.front().var->getInit()) == IndexForm::symbol(threadSymbol(0));
}

}  // namespace warploom
