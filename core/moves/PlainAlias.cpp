// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// int i = blockIdx.x * 256 + threadIdx.x; int row = i; says i wherever row stood.
class PlainAlias : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "one name for a number"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* declaration = made ? nullptr : llvm::dyn_cast<DeclStmt>(node);
            if (declaration != nullptr && llvm::isa_and_nonnull<CompoundStmt>(kernel.parent(declaration)))
                made = rewritten(kernel, *declaration);
            return !made;
        });
        return made;
    }

private:
    static std::optional<std::string> rewritten(const KernelScope& kernel, const DeclStmt& declaration)
    {
        const auto* var = declaration.isSingleDecl() ? llvm::dyn_cast<VarDecl>(declaration.getSingleDecl()) : nullptr;
        const bool isNumber = var != nullptr && var->hasInit() && var->getType()->isIntegerType()
            && !kernel.isModified(var) && isOnlyName(kernel, var);
        const auto* other = isNumber ? plainVariable(var->getInit()) : nullptr;
        // Numbers of the grid only: other names say what something is.
        if (other == nullptr || !other->isLocalVarDecl() || !other->hasInit() || kernel.isModified(other)
            || !isOnlyName(kernel, other) || !dependsOnThread(kernel, other->getInit())
            || !kernel.source().context().hasSameUnqualifiedType(var->getType(), other->getType()))
            return std::nullopt;
        const auto range = kernel.source().statementRange(&declaration);
        const auto renamed = kernel.renaming(var, kernel.kernel().getBody(), other->getName().str());
        if (!range || !renamed)
            return std::nullopt;
        SourceEdit edit(kernel.source().text());
        edit.removeWithLine(*range);
        for (const auto& one : *renamed)
            edit.replace(one.range, one.text);
        return edit.apply();
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainAlias() { return std::make_unique<PlainAlias>(); }

}  // namespace warploom
