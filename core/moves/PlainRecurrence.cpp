// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/HostWords.h"
#include "moves/LastElement.h"
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// sums[0] = x[0]; for (int i = 1; i < n; ++i) sums[i] = sums[i - 1] + x[i]; keeps what it adds to in a variable.
class PlainRecurrence : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "a running sum in a variable"; }
    [[nodiscard]] bool changesWork() const override { return true; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        if (kernel.hasAliases() || kernel.launches().empty())
            return std::nullopt;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* block = llvm::dyn_cast<CompoundStmt>(node);
            for (auto at = block == nullptr ? nullptr : block->body_begin();
                 block != nullptr && !made && at != block->body_end() && std::next(at) != block->body_end(); ++at)
                made = rewritten(kernel, *at, *std::next(at));
            return !made;
        });
        return made ? made : lastElementKept(kernel);
    }

private:
    static std::optional<std::string> rewritten(const KernelScope& kernel, const Stmt* before, const Stmt* after)
    {
        const auto* first = llvm::dyn_cast<BinaryOperator>(before);
        const auto loop = kernel.countedLoop(after);
        const auto start = loop ? kernel.form(loop->start) : std::nullopt;
        const auto* next =
            loop ? llvm::dyn_cast_or_null<BinaryOperator>(onlyStatement(loop->statement->getBody())) : nullptr;
        if (first == nullptr || next == nullptr || first->getOpcode() != BO_Assign || next->getOpcode() != BO_Assign
            || loop->step != nullptr || !start || !start->isOne() || !isSize(kernel, *loop->bound))
            return std::nullopt;
        const auto* sum = llvm::dyn_cast<BinaryOperator>(next->getRHS()->IgnoreParenImpCasts());
        if (sum == nullptr || sum->getOpcode() != BO_Add)
            return std::nullopt;
        const auto target = place(kernel, next->getLHS());
        const auto origin = place(kernel, first->getLHS());
        for (const bool isLeft : {true, false}) {
            const auto* last = isLeft ? sum->getLHS() : sum->getRHS();
            const auto* added = isLeft ? sum->getRHS() : sum->getLHS();
            const auto previous = place(kernel, last);
            if (!target || !previous || !origin || !follows(kernel, *loop, *target, *previous, *origin)
                || !isSameAtZero(kernel, *loop, added, first->getRHS()) || reads(kernel, added, target->base))
                continue;
            return written(kernel, *first, *loop, *next, *added);
        }
        return std::nullopt;
    }

    /// Whether \p bound is a size, which is at least 1: then the first element is set by the loop as well.
    static bool isSize(const KernelScope& kernel, const Expr& bound)
    {
        const auto* var = plainVariable(&bound);
        return var != nullptr && !kernel.isModified(var)
            && std::ranges::all_of(kernel.launches(), [&](const LaunchLine* launch) {
                   const auto argument = kernel.argumentOf(*launch, &bound);
                   return !argument.empty() && isPlainWord(argument);
               });
    }

    static std::optional<Access> place(const KernelScope& kernel, const Expr* expression)
    {
        expression = expression->IgnoreParenImpCasts();
        for (const auto& access : kernel.accesses(expression))
            if (access.expression == expression && access.base != nullptr && access.index)
                return access;
        return std::nullopt;
    }

    /// target at i, previous at i - 1, origin at 0 of one array.
    static bool follows(const KernelScope& kernel, const CountedLoop& loop, const Access& target,
                        const Access& previous, const Access& origin)
    {
        const auto symbol = kernel.symbolOf(loop.var);
        const auto factor = target.index->coefficient(symbol);
        return target.base == previous.base && target.base == origin.base && factor && factor->isOne()
            && *target.index - IndexForm::constant(1) == *previous.index
            && target.index->without(symbol) == *origin.index
            && target.base->getType()->getPointeeType()->isArithmeticType();
    }

    static bool isSameAtZero(const KernelScope& kernel, const CountedLoop& loop, const Expr* added, const Expr* first)
    {
        const auto& source = kernel.source();
        const auto range = source.range(added->IgnoreParenImpCasts());
        const auto renamed = kernel.renaming(loop.var, added, "0");
        return range && renamed && textWith(source, *range, *renamed) == source.text(first->IgnoreParenImpCasts())
            && !added->HasSideEffects(source.context());
    }

    static std::string textWith(const ParsedSource& source, TextRange range, const std::vector<Replacement>& renamed)
    {
        return warploom::rewritten(source.text(), range, renamed);
    }

    static bool reads(const KernelScope& kernel, const Expr* added, const VarDecl* base)
    {
        return std::ranges::any_of(kernel.accesses(added), [&](const Access& access) {
            return access.base == nullptr || access.base == base || access.writes;
        });
    }

    static std::optional<std::string> written(const KernelScope& kernel, const BinaryOperator& first,
                                              const CountedLoop& loop, const BinaryOperator& next, const Expr& added)
    {
        const auto& source = kernel.source();
        const auto store = source.statementRange(&first);
        const auto start = source.range(loop.start);
        const auto body = source.statementRange(loop.statement->getBody());
        const auto target = source.text(next.getLHS());
        const auto value = source.text(&added);
        if (!store || !start || !body || target.empty() || value.empty())
            return std::nullopt;
        const auto name = source.directives().freshName("sum");
        const auto type =
            next.getLHS()->getType().getUnqualifiedType().getAsString(source.context().getPrintingPolicy());
        const auto indentation = indentationAt(source.text(), store->begin);
        SourceEdit edit(source.text());
        edit.replace(*store, fmt::format("{} {} = 0;", type, name));
        edit.replace(*start, "0");
        edit.replace(*body,
                     fmt::format("{{\n{0}    {1} += {2};\n{0}    {3} = {1};\n{0}}}", indentation, name, value, target));
        return edit.apply();
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainRecurrence() { return std::make_unique<PlainRecurrence>(); }

}  // namespace warploom
