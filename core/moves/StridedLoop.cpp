// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/StridedLoop.h"

#include "moves/GuardedKernel.h"

namespace warploom {

using namespace clang;

namespace {

/// Whether start and step of a loop are those of threads that share it without gap or overlap.
bool takesTurns(const KernelScope& kernel, const CountedLoop& loop)
{
    const auto start = kernel.form(loop.start);
    const auto step = loop.step == nullptr ? std::nullopt : kernel.form(loop.step);
    if (!start || !step)
        return false;
    const auto thread = IndexForm::symbol(threadSymbol(0));
    const auto size = IndexForm::symbol(blockSizeSymbol(0));
    if (*start == thread && *step == size)
        return true;
    const auto warp = IndexForm::constant(32);
    if (*start == IndexForm::opaque("%", thread, warp) && *step == warp)
        return true;
    if (isThreadIndex(kernel, loop.start, 0) && *step == size * IndexForm::symbol(gridSizeSymbol(0)))
        return true;
    const auto launches = kernel.launches();
    return *start == thread && !launches.empty()
        && std::all_of(launches.begin(), launches.end(), [&](const auto* launch) {
               const auto shape = kernel.source().directives().blockShape(*launch);
               return shape && *step == IndexForm::constant((*shape)[0]);
           });
}

/// Whether the loop is what a vectorised loop falls back to.
bool isFallback(const KernelScope& kernel, const Stmt* loop)
{
    for (const Stmt* node = loop; node != nullptr; node = kernel.parent(node)) {
        const auto* choice = llvm::dyn_cast_or_null<IfStmt>(kernel.parent(node));
        if (choice != nullptr && choice->getElse() == node
            && kernel.source().text(choice->getCond()).find('%') != std::string::npos)
            return true;
    }
    return false;
}

}  // namespace

std::optional<std::int64_t> sharersOf(const KernelScope& kernel, const CountedLoop& loop)
{
    const auto step = loop.step == nullptr ? std::nullopt : kernel.form(loop.step);
    if (step && step->constantValue())
        return step->constantValue();
    const auto launches = kernel.launches();
    if (!step || launches.empty() || !(*step == IndexForm::symbol(blockSizeSymbol(0))))
        return std::nullopt;
    const auto shape = kernel.source().directives().blockShape(*launches.front());
    return shape ? std::optional((*shape)[0]) : std::nullopt;
}

std::optional<StridedLoop> stridedLoop(const KernelScope& kernel, const Stmt* statement)
{
    const auto counted = kernel.countedLoop(statement);
    if (!counted || !takesTurns(kernel, *counted) || isFallback(kernel, statement))
        return std::nullopt;
    const Stmt* body = counted->statement->getBody();
    std::vector<const Stmt*> statements = {body};
    if (const auto* compound = llvm::dyn_cast<CompoundStmt>(body))
        statements.assign(compound->body_begin(), compound->body_end());
    const auto& source = kernel.source();
    const auto whole = source.statementRange(statement);
    const auto start = source.range(counted->start);
    const auto step = source.range(counted->step);
    const auto bound = source.text(counted->bound);
    if (statements.empty() || !whole || !start || !step || bound.empty())
        return std::nullopt;
    const auto first = source.statementRange(statements.front());
    const auto last = source.statementRange(statements.back());
    if (!first || !last)
        return std::nullopt;
    auto plan = VectorPlan::make(kernel, counted->var, counted->bound, statements, {first->begin, last->end});
    if (!plan)
        return std::nullopt;
    return StridedLoop{*counted, std::move(*plan), *whole, *start, *step, bound};
}

}  // namespace warploom
