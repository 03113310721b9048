// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/GuardedKernel.h"
#include "moves/LoopCarry.h"
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// A kernel that is one loop over items, shared out by strides of the whole grid, or by one block or thread alone,
/// becomes one with an item a thread.
class PlainStride : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "an item a thread"; }
    [[nodiscard]] bool changesWork() const override { return true; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto* launch = onlyLaunch(kernel);
        const auto statements = kernel.statements();
        if (launch == nullptr || statements.empty() || launch->gridParts.size() != 1 || launch->blockParts.size() != 1
            || launch->shared || declaresShared(kernel))
            return std::nullopt;
        const auto loop = kernel.countedLoop(statements.back());
        const bool isAlone = std::all_of(statements.begin(), statements.end() - 1, [&](const Stmt* statement) {
            return llvm::isa<DeclStmt>(statement) && kernel.accesses(statement).empty();
        });
        const auto* body = loop ? loop->statement->getBody() : nullptr;
        if (!loop || !isAlone || kernel.synchronises(body) || kernel.containsReturn(body)
            || !usesOnlyBuiltins(kernel, body, [](const IndexForm&) { return false; })
            || !isSharedOut(kernel, *launch, *loop) || !keepsNothing(kernel, *loop))
            return std::nullopt;
        return rewritten(kernel, *launch, *loop);
    }

private:
    /// Whether the loop's iterations may go to as many threads: the whole grid strides over them already, or whoever
    /// does shares no memory between them.
    static bool isSharedOut(const KernelScope& kernel, const LaunchLine& launch, const CountedLoop& loop)
    {
        const auto& directives = kernel.source().directives();
        const auto start = kernel.form(loop.start);
        const auto step = loop.step == nullptr ? IndexForm::constant(1) : kernel.form(loop.step);
        if (!start || !step)
            return false;
        const auto block = IndexForm::symbol(blockSizeSymbol(0));
        if (isThreadIndex(kernel, loop.start, 0) && *step == block * IndexForm::symbol(gridSizeSymbol(0)))
            return !carriesThroughMemory(kernel, loop);
        const bool isOneBlock = directives.text(launch.grid) == "1";
        const bool isOneThread = isOneBlock && directives.text(launch.block) == "1";
        const bool isBlocks = isOneBlock && *start == IndexForm::symbol(threadSymbol(0)) && *step == block;
        return (isBlocks || (isOneThread && start->isZero() && step->isOne())) && isIndependent(kernel, loop);
    }

    /// Whether each iteration writes elements of its own, and reads none of another's.
    static bool isIndependent(const KernelScope& kernel, const CountedLoop& loop)
    {
        const auto symbol = kernel.symbolOf(loop.var);
        const auto accesses = kernel.accesses(loop.statement->getBody());
        if (kernel.hasAliases())
            return false;
        return std::ranges::all_of(accesses, [&](const Access& access) {
            if (access.base == nullptr)
                return false;
            if (!access.writes || isDeclaredWithin(access.base, loop.statement))
                return true;
            const auto factor = access.index ? access.index->coefficient(symbol) : std::nullopt;
            const auto constant = factor ? factor->constantValue() : std::nullopt;
            return !access.atomic && access.call == nullptr && constant && *constant != 0
                && hasNoInnerCounter(kernel, loop, *access.index)
                && std::ranges::all_of(accesses, [&](const Access& other) {
                       return other.base != access.base || other.index == access.index;
                   });
        });
    }

    static bool hasNoInnerCounter(const KernelScope& kernel, const CountedLoop& loop, const IndexForm& index)
    {
        bool none = true;
        walk(loop.statement->getBody(), [&](const Stmt* node) {
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
                for (const Decl* one : declaration->decls())
                    if (const auto* var = llvm::dyn_cast<VarDecl>(one))
                        none = none && !index.dependsOn(kernel.symbolOf(var));
            return none;
        });
        return none;
    }

    /// Whether no iteration leaves anything to the next, and none asks which thread it is.
    static bool keepsNothing(const KernelScope& kernel, const CountedLoop& loop)
    {
        // An array of the thread's own would carry from one to the next.
        bool keeps = std::ranges::any_of(kernel.accesses(loop.statement->getBody()), [&](const Access& access) {
            return access.writes && access.base != nullptr && !llvm::isa<ParmVarDecl>(access.base)
                && !isDeclaredWithin(access.base, loop.statement);
        });
        walk(loop.statement->getBody(), [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            if (var == nullptr || var == loop.var || isDeclaredWithin(var, loop.statement))
                return !keeps;
            keeps = keeps || kernel.isModified(var) || (var->isLocalVarDecl() && dependsOnThread(kernel, reference));
            return !keeps;
        });
        return !keeps;
    }

    static std::optional<std::string> rewritten(const KernelScope& kernel, const LaunchLine& launch,
                                                const CountedLoop& loop)
    {
        const auto& source = kernel.source();
        const auto words = inLaunchWords(kernel, launch, loop.bound);
        const auto range = source.statementRange(loop.statement);
        const auto bound = source.text(loop.bound);
        const auto code = bodyText(source, loop.statement->getBody());
        if (!words || !range || bound.empty() || !code)
            return std::nullopt;
        const auto type = loop.var->getType().getUnqualifiedType().getAsString(source.context().getPrintingPolicy());
        const bool isWide = source.context().getTypeSize(loop.var->getType()) > 32;
        const auto name = loop.var->getName().str();
        const auto block = source.text(launch.block) == "1" ? "256" : source.text(launch.block);
        if (block != source.text(launch.block) && promisesBlocks(kernel))
            return std::nullopt;
        SourceEdit edit(source.text());
        for (const Stmt* statement : kernel.statements())
            if (statement != loop.statement && !isUsedIn(kernel, *statement, *loop.statement->getBody(), loop.bound))
                edit.removeWithLine(*source.statementRange(statement));
        edit.replace(*range,
                     fmt::format("{0} {1} = {2} * blockDim.x + threadIdx.x;\n{3}if ({1} >= {4})\n{3}    return;\n{5}",
                                 type, name, isWide ? fmt::format("({})(blockIdx.x)", type) : "blockIdx.x",
                                 indentationAt(source.text(), range->begin), bound,
                                 unended(reindented(*code, indentationAt(source.text(), range->begin)))));
        edit.replace(launch.grid, gridExtent(outermost(*words), block));
        if (block != source.text(launch.block))
            edit.replace(launch.block, block);
        return edit.apply();
    }

    static std::optional<std::string> bodyText(const ParsedSource& source, const Stmt* body)
    {
        const auto* block = llvm::dyn_cast<CompoundStmt>(body);
        if (block == nullptr) {
            const auto range = source.statementRange(body);
            return range ? std::optional(source.text(*range)) : std::nullopt;
        }
        if (block->body_empty())
            return std::nullopt;
        const auto range = source.range(block);
        return range ? std::optional(source.text({range->begin + 1, range->end - 1})) : std::nullopt;
    }

    static bool isUsedIn(const KernelScope& kernel, const Stmt& statement, const Stmt& body, const Expr* bound)
    {
        bool used = false;
        for (const Decl* one : llvm::cast<DeclStmt>(statement).decls()) {
            const auto* var = llvm::dyn_cast<VarDecl>(one);
            if (var == nullptr || !kernel.references(var, &body).empty() || !kernel.references(var, bound).empty())
                return true;
            // Other declarations may be kept because of it.
            for (const Stmt* other : kernel.statements())
                if (const auto* declaration = llvm::dyn_cast<DeclStmt>(other);
                    declaration != nullptr && declaration != &statement && !kernel.references(var, other).empty())
                    used = used || isUsedIn(kernel, *other, body, bound);
        }
        return used;
    }

    static std::string unended(std::string text)
    {
        while (!text.empty() && text.back() == '\n')
            text.pop_back();
        return text;
    }

    static std::string outermost(const std::string& words)
    {
        return words.size() > 2 && words.front() == '(' && words.find('(', 1) == std::string::npos
            ? words.substr(1, words.size() - 2)
            : words;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainStride() { return std::make_unique<PlainStride>(); }

}  // namespace warploom
