// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// size_t at = size_t(row) * cols + col; out[at] = …; where an index has a name for one use, the use says it.
class PlainIndices : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "indices where they are used"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* statement = llvm::dyn_cast<DeclStmt>(node);
            if (statement != nullptr && statement->isSingleDecl() && !made
                && llvm::isa_and_nonnull<CompoundStmt>(kernel.parent(statement)))
                made = inlined(kernel, *statement);
            return !made;
        });
        return made;
    }

private:
    static std::optional<std::string> inlined(const KernelScope& kernel, const DeclStmt& statement)
    {
        const auto& source = kernel.source();
        const auto* var = llvm::dyn_cast<VarDecl>(statement.getSingleDecl());
        if (var == nullptr || !var->getType()->isIntegerType() || var->isStaticLocal() || !var->hasInit()
            || kernel.isModified(var) || !kernel.form(var->getInit()) || !isPure(kernel, *var->getInit())
            || !haveOnlyNames(kernel, var->getInit()))
            return std::nullopt;
        const auto uses = kernel.references(var, kernel.kernel().getBody());
        const auto text = source.text(var->getInit());
        const auto range = source.statementRange(&statement);
        const auto at = uses.size() == 1 ? source.range(uses.front()) : std::nullopt;
        if (!at || !range || text.empty() || !isSubscript(kernel, uses.front()))
            return std::nullopt;
        const bool isSame =
            source.context().hasSameUnqualifiedType(var->getType(), var->getInit()->IgnoreParenImpCasts()->getType());
        const auto type = var->getType().getUnqualifiedType().getAsString(source.context().getPrintingPolicy());
        SourceEdit edit(source.text());
        edit.removeWithLine(*range);
        edit.replace(*at, isSame ? text : fmt::format("({})({})", type, text));
        return edit.apply();
    }

    static bool isSubscript(const KernelScope& kernel, const Stmt* use)
    {
        const Stmt* above = kernel.parent(use);
        while (llvm::isa_and_nonnull<ImplicitCastExpr, ParenExpr>(above))
            above = kernel.parent(above);
        const auto* subscript = llvm::dyn_cast_or_null<ArraySubscriptExpr>(above);
        return subscript != nullptr;
    }

    /// Of numbers and variables that nothing changes; thread indices keep their names.
    static bool isPure(const KernelScope& kernel, const Expr& value)
    {
        bool pure = kernel.accesses(&value).empty() && !value.HasSideEffects(kernel.source().context());
        bool isNamed = false;
        walk(&value, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            pure = pure && !llvm::isa<CallExpr, ConditionalOperator>(node)
                && (reference == nullptr || (!isThreadBuiltin(reference) && var != nullptr && !kernel.isModified(var)));
            isNamed = isNamed || var != nullptr;
            return pure;
        });
        return pure && isNamed;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainIndices() { return std::make_unique<PlainIndices>(); }

}  // namespace warploom
