// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/GuardedKernel.h"
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// int tx = threadIdx.x; int i = blockIdx.x * 256 + tx; says threadIdx.x itself.
class PlainNames : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "no other names for threadIdx"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        for (const Stmt* statement : kernel.statements()) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            if (declaration == nullptr)
                break;
            const auto* var =
                declaration->isSingleDecl() ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl()) : nullptr;
            const auto builtin =
                var == nullptr || !var->hasInit() || kernel.isModified(var) || !var->getType()->isIntegerType()
                ? std::string()
                : builtinOf(kernel, *var->getInit());
            if (builtin.empty() || !isPartOfIndex(kernel, *var))
                continue;
            if (auto made = rewritten(kernel, *var, *declaration, builtin))
                return made;
        }
        return std::nullopt;
    }

private:
    /// "threadIdx.x" where \p value is that and nothing more.
    static std::string builtinOf(const KernelScope& kernel, const Expr& value)
    {
        const auto form = kernel.form(&value);
        for (int axis = 0; form && axis < 3; ++axis) {
            const char name = "xyz"[axis];
            if (*form == IndexForm::symbol(threadSymbol(axis)))
                return fmt::format("threadIdx.{}", name);
            if (*form == IndexForm::symbol(blockSymbol(axis)))
                return fmt::format("blockIdx.{}", name);
            if (*form == IndexForm::symbol(blockSizeSymbol(axis)))
                return fmt::format("blockDim.{}", name);
        }
        return {};
    }

    /// Whether a variable that numbers the threads of the grid is worked out with it.
    static bool isPartOfIndex(const KernelScope& kernel, const VarDecl& var)
    {
        return std::ranges::any_of(kernel.references(&var, kernel.kernel().getBody()), [&](const DeclRefExpr* use) {
            const Stmt* above = use;
            while (above != nullptr && !llvm::isa<DeclStmt>(above))
                above = kernel.parent(above);
            const auto* declaration = llvm::dyn_cast_or_null<DeclStmt>(above);
            const auto* index = declaration != nullptr && declaration->isSingleDecl()
                ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
                : nullptr;
            bool isIndex = false;
            for (int axis = 0; index != nullptr && index->hasInit() && axis < 3; ++axis)
                isIndex = isIndex || isThreadIndex(kernel, index->getInit(), axis);
            return isIndex;
        });
    }

    static std::optional<std::string> rewritten(const KernelScope& kernel, const VarDecl& var,
                                                const DeclStmt& declaration, const std::string& builtin)
    {
        const auto& source = kernel.source();
        const auto range = source.statementRange(&declaration);
        if (!range || mentionsAsOther(kernel, builtin.substr(0, builtin.find('.'))))
            return std::nullopt;
        const auto type = var.getType().getUnqualifiedType().getAsString(source.context().getPrintingPolicy());
        SourceEdit edit(source.text());
        edit.removeWithLine(*range);
        for (const DeclRefExpr* use : kernel.references(&var, kernel.kernel().getBody())) {
            const auto at = source.range(use);
            if (!at)
                return std::nullopt;
            edit.replace(*at, isPlace(kernel, use) ? builtin : fmt::format("static_cast<{}>({})", type, builtin));
        }
        return edit.apply();
    }

    /// Whether a variable of the kernel hides the built-in one.
    static bool mentionsAsOther(const KernelScope& kernel, const std::string& builtin)
    {
        bool found = false;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
                for (const Decl* one : declaration->decls()) {
                    const auto* named = llvm::dyn_cast<NamedDecl>(one);
                    found = found || (named != nullptr && named->getNameAsString() == builtin);
                }
            return !found;
        });
        return found;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainNames() { return std::make_unique<PlainNames>(); }

}  // namespace warploom
