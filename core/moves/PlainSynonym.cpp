// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/GuardedKernel.h"
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// const int rows = lmax; is another name for what never changes, as views of arrays have them: the first name says it.
/// Of threads that stand in planes, whose loops may be a product's.
class PlainSynonym : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "one name for a value"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto guarded = guardedKernel(kernel, true);
        const auto launches = kernel.launches();
        const bool isPlane =
            guarded && !launches.empty() && (guarded->indices.size() > 1 || launches.front()->gridParts.size() > 2);
        std::optional<std::string> made;
        if (!isPlane)
            return made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* statement = llvm::dyn_cast<DeclStmt>(node);
            if (statement != nullptr && statement->isSingleDecl() && !made
                && llvm::isa_and_nonnull<CompoundStmt>(kernel.parent(statement)))
                made = rewritten(kernel, *statement);
            return !made;
        });
        return made;
    }

private:
    static std::optional<std::string> rewritten(const KernelScope& kernel, const DeclStmt& statement)
    {
        const auto* alias = llvm::dyn_cast<VarDecl>(statement.getSingleDecl());
        const auto* first = alias == nullptr || !alias->hasInit() ? nullptr : named(*alias->getInit());
        if (first == nullptr || !alias->hasLocalStorage() || kernel.isModified(alias) || kernel.isModified(first)
            || !first->hasLocalStorage() || !isSameValue(kernel, *alias, *first) || !isOnlyName(kernel, first))
            return std::nullopt;
        const auto* body = kernel.kernel().getBody();
        const auto renamed = kernel.renaming(alias, body, first->getNameAsString());
        const auto range = kernel.source().statementRange(&statement);
        if (!renamed || !range || renamed->size() != kernel.references(alias, body).size())
            return std::nullopt;
        SourceEdit edit(kernel.source().text());
        edit.removeWithLine(*range);
        for (const auto& one : *renamed)
            edit.replace(one.range, one.text);
        return edit.apply();
    }

    /// The variable that \p value is, without a cast that may cut it.
    static const VarDecl* named(const Expr& value)
    {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(value.IgnoreParenImpCasts());
        return reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
    }

    /// Of the same type; what a pointer leads to may have been promised to stay.
    static bool isSameValue(const KernelScope& kernel, const VarDecl& alias, const VarDecl& first)
    {
        const auto& context = kernel.source().context();
        const auto own = alias.getType();
        const auto type = first.getType();
        if (own.isVolatileQualified() || type.isVolatileQualified())
            return false;
        if (own->isPointerType() && type->isPointerType())
            return context.hasSameUnqualifiedType(own->getPointeeType(), type->getPointeeType())
                && !own->getPointeeType().isVolatileQualified();
        return own->isArithmeticType() && context.hasSameUnqualifiedType(own, type);
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainSynonym() { return std::make_unique<PlainSynonym>(); }

}  // namespace warploom
