// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/FoldLoop.h"
#include "moves/PlainForm.h"

namespace warploom {

namespace {

using namespace clang;

/// y[t] = v; … last = y[t]; in a loop's body reads what was stored: const float stored = v; y[t] = stored; last =
/// stored;
class PlainStored : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "a stored value at hand"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        if (kernel.hasAliases())
            return made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* loop = llvm::dyn_cast<ForStmt>(node);
            const auto body = loop == nullptr ? std::vector<const Stmt*>() : statementsIn(loop->getBody());
            for (std::size_t at = 0; !made && at + 1 < body.size(); ++at)
                made = rewritten(kernel, body, at);
            return !made;
        });
        return made;
    }

private:
    static std::optional<std::string> rewritten(const KernelScope& kernel, const std::vector<const Stmt*>& body,
                                                std::size_t at)
    {
        const auto& source = kernel.source();
        const auto& context = source.context();
        const auto* store = llvm::dyn_cast<BinaryOperator>(body[at]);
        const auto* target = store == nullptr || store->getOpcode() != BO_Assign ? nullptr : place(store->getLHS());
        const auto written = target == nullptr ? std::nullopt : accessOf(kernel, target);
        if (!written || !target->getType()->isBuiltinType() || target->getType().isVolatileQualified()
            || !context.hasSameUnqualifiedType(store->getRHS()->IgnoreParenImpCasts()->getType(), target->getType()))
            return std::nullopt;
        const auto reads = readsBehind(kernel, body, at, *written);
        const auto range = source.statementRange(store);
        const auto value = source.range(store->getRHS());
        if (reads.empty() || !range || !value || !source.range(target))
            return std::nullopt;
        const auto name = source.directives().freshName(written->base->getNameAsString() + "_stored");
        SourceEdit edit(source.text());
        edit.insert(range->begin,
                    fmt::format("const {} {} = {};\n{}",
                                target->getType().getUnqualifiedType().getAsString(context.getPrintingPolicy()), name,
                                source.text(*value), indentationAt(source.text(), range->begin)));
        edit.replace(*value, name);
        for (const auto& read : reads)
            edit.replace(read, name);
        return edit.apply();
    }

    static const ArraySubscriptExpr* place(const Expr* expression)
    {
        return llvm::dyn_cast<ArraySubscriptExpr>(expression->IgnoreParenImpCasts());
    }

    static std::optional<Access> accessOf(const KernelScope& kernel, const Expr* target)
    {
        for (const auto& access : kernel.accesses(target))
            if (access.expression == target && access.base != nullptr && access.index
                && llvm::isa<ParmVarDecl>(access.base))
                return access;
        return std::nullopt;
    }

    /// Where the element is read before anything changes it, or the numbers that it is found by.
    static std::vector<TextRange> readsBehind(const KernelScope& kernel, const std::vector<const Stmt*>& body,
                                              std::size_t at, const Access& written)
    {
        std::vector<TextRange> reads;
        for (std::size_t next = at + 1; next < body.size(); ++next) {
            const auto accesses = kernel.accesses(body[next]);
            const bool isSame = keepsIndex(kernel, *written.expression, body[next]) && !kernel.synchronises(body[next])
                && std::ranges::none_of(accesses, [&](const Access& access) {
                                    return access.base == nullptr || (access.writes && access.base == written.base);
                                });
            if (!isSame)
                break;
            for (const auto& access : accesses)
                if (access.base == written.base && access.index == written.index && access.reads
                    && access.call == nullptr && llvm::isa<ArraySubscriptExpr>(access.expression))
                    if (const auto range = kernel.source().range(access.expression))
                        reads.push_back(*range);
        }
        return reads;
    }

    static bool keepsIndex(const KernelScope& kernel, const Expr& target, const Stmt* statement)
    {
        bool keeps = true;
        walk(&target, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            keeps = keeps && (var == nullptr || !kernel.isModifiedWithin(var, statement));
            return keeps;
        });
        return keeps;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainStored() { return std::make_unique<PlainStored>(); }

}  // namespace warploom
