// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/FoldLoop.h"
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// y[0] = s; for (t = 1; …) y[t] = …; stores the first element behind the loop, which has nothing to do with it.
class PlainFirst : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "a first element behind the others"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        if (kernel.hasAliases() || kernel.launches().empty())
            return made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* block = llvm::dyn_cast<CompoundStmt>(node);
            for (std::size_t at = 0; block != nullptr && !made && at < block->size(); ++at)
                made = rewritten(kernel, {block->body_begin() + at, block->body_end()});
            return !made;
        });
        return made;
    }

private:
    /// \p statements begin with the store.
    static std::optional<std::string> rewritten(const KernelScope& kernel, const std::vector<const Stmt*>& statements)
    {
        const auto* store = llvm::dyn_cast<BinaryOperator>(statements.front());
        const auto next = std::find_if(statements.begin() + 1, statements.end(),
                                       [](const Stmt* one) { return !llvm::isa<DeclStmt>(one); });
        const auto loop = next == statements.end() ? std::nullopt : kernel.countedLoop(*next);
        if (store == nullptr || store->getOpcode() != BO_Assign || !loop || loop->step != nullptr
            || kernel.synchronises(loop->statement) || kernel.containsReturn(loop->statement))
            return std::nullopt;
        const auto accesses = kernel.accesses(store);
        const auto target = std::ranges::find(accesses, store->getLHS()->IgnoreParens(), &Access::expression);
        const bool isOne = target != accesses.end() && target->base != nullptr && target->index
            && llvm::isa<ParmVarDecl>(target->base) && target->base->getType()->getPointeeType()->isArithmeticType()
            && std::ranges::count(accesses, target->base, &Access::base) == 1;
        const bool areApart = isOne && std::all_of(statements.begin() + 1, next, [&](const Stmt* one) {
                                  return std::ranges::none_of(kernel.accesses(one), [&](const Access& access) {
                                      return access.base == nullptr || access.base == target->base || access.writes;
                                  });
                              });
        return areApart && isBeforeAll(kernel, *loop, *target) && keepsPlace(kernel, *store, *loop)
            ? written(kernel, *store, *loop)
            : std::nullopt;
    }

    /// Whether the loop writes the array, and touches of it one element a round, from the one behind \p target on.
    static bool isBeforeAll(const KernelScope& kernel, const CountedLoop& loop, const Access& target)
    {
        bool isWritten = false;
        const auto accesses = kernel.accesses(loop.statement);
        return std::ranges::all_of(accesses,
                                   [&](const Access& access) {
                                       isWritten = isWritten || (access.base == target.base && access.writes);
                                       return access.base != nullptr && !access.atomic
                                           && (access.base != target.base
                                               || isBeforeFirst(kernel, loop.var, loop.start, target, access));
                                   })
            && isWritten;
    }

    /// Whether where it is stored is the same behind the loop.
    static bool keepsPlace(const KernelScope& kernel, const BinaryOperator& store, const CountedLoop& loop)
    {
        bool isSame = true;
        walk(store.getLHS(), [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            isSame = isSame && !llvm::isa<CallExpr>(node)
                && (var == nullptr || !kernel.isModifiedWithin(var, loop.statement));
            return isSame;
        });
        return isSame && !store.getLHS()->HasSideEffects(kernel.source().context());
    }

    static std::optional<std::string> written(const KernelScope& kernel, const BinaryOperator& store,
                                              const CountedLoop& loop)
    {
        const auto& source = kernel.source();
        const auto range = source.statementRange(&store);
        const auto behind = source.statementRange(loop.statement);
        const auto place = source.text(store.getLHS());
        const auto value = source.text(store.getRHS());
        if (!range || !behind || place.empty() || value.empty())
            return std::nullopt;
        const auto name = source.directives().freshName("first");
        const auto type =
            store.getLHS()->getType().getUnqualifiedType().getAsString(source.context().getPrintingPolicy());
        SourceEdit edit(source.text());
        edit.replace(*range, fmt::format("const {} {} = {};", type, name, value));
        edit.insert(behind->end, fmt::format("\n{}{} = {};", indentationAt(source.text(), behind->begin), place, name));
        return edit.apply();
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainFirst() { return std::make_unique<PlainFirst>(); }

}  // namespace warploom
