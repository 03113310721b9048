// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/GuardedKernel.h"
#include "moves/HostWords.h"
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"
#include "moves/SizeForms.h"

namespace warploom {

namespace {

using namespace clang;

/// if (x >= w || y >= h || image >= n) return; where the grid has just n layers, of one thread each in that direction:
/// no image is beyond, and its number is the block's.
class PlainCovered : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "layers that the grid has just as many of"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto* launch = onlyLaunch(kernel);
        if (launch == nullptr || launch->gridParts.size() != 3 || !hasOneThread(kernel, *launch))
            return std::nullopt;
        for (const Stmt* statement : kernel.statements()) {
            const auto* guard = llvm::dyn_cast<IfStmt>(statement);
            if (guard == nullptr && !llvm::isa<DeclStmt>(statement))
                return std::nullopt;
            if (guard == nullptr)
                continue;
            const bool leaves = llvm::isa_and_nonnull<ReturnStmt>(onlyStatement(guard->getThen()));
            return guard->getElse() != nullptr || guard->hasInitStorage() || guard->hasVarStorage()
                ? std::nullopt
                : rewritten(kernel, *launch, *guard, leaves);
        }
        return std::nullopt;
    }

private:
    static bool hasOneThread(const KernelScope& kernel, const LaunchLine& launch)
    {
        return launch.blockParts.size() < 3 || kernel.source().text(launch.blockParts[2]) == "1";
    }

    static std::optional<std::string> rewritten(const KernelScope& kernel, const LaunchLine& launch,
                                                const IfStmt& guard, bool leaves)
    {
        const auto& source = kernel.source();
        const auto parts = partsOf(guard.getCond(), leaves ? BO_LOr : BO_LAnd);
        const auto condition = source.range(guard.getCond());
        std::string left;
        const VarDecl* layer = nullptr;
        for (const Expr* part : parts) {
            const auto* covered = layer == nullptr ? coveredBy(kernel, launch, *part, leaves) : nullptr;
            const auto text = source.text(part);
            if (text.empty())
                return std::nullopt;
            if (covered != nullptr)
                layer = covered;
            else
                left += (left.empty() ? "" : leaves ? " || " : " && ") + text;
        }
        const auto init = layer == nullptr ? std::nullopt : source.range(layer->getInit());
        if (!init || left.empty() || !condition)
            return std::nullopt;
        SourceEdit edit(source.text());
        edit.replace(*condition, left);
        edit.replace(*init, initialiserText(source, layer, "blockIdx.z"));
        return edit.apply();
    }

    /// The layer's variable that \p part compares with as many layers as the grid has; null for any other condition.
    static const VarDecl* coveredBy(const KernelScope& kernel, const LaunchLine& launch, const Expr& part, bool leaves)
    {
        const auto* comparison = llvm::dyn_cast<BinaryOperator>(part.IgnoreParenImpCasts());
        const auto* var = comparison == nullptr || comparison->getOpcode() != (leaves ? BO_GE : BO_LT)
            ? nullptr
            : plainVariable(comparison->getLHS());
        if (var == nullptr || !var->isLocalVarDecl() || !var->hasInit() || kernel.isModified(var)
            || !var->getType()->isIntegerType() || kernel.source().context().getTypeSize(var->getType()) < 32)
            return nullptr;
        const auto number = kernel.form(var->getInit());
        const auto bound = hostWords(kernel, launch, comparison->getRHS());
        const bool isLayer = number == IndexForm::symbol(blockSymbol(2)) || isThreadIndex(kernel, var->getInit(), 2);
        const auto& directives = kernel.source().directives();
        const auto formOf = [&](const std::string& words) { return formOfExpression(withoutLets(directives, words)); };
        const auto layers = bound ? formOf(*bound) : std::nullopt;
        return isLayer && layers && layers == formOf(directives.text(launch.gridParts[2])) ? var : nullptr;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainCovered() { return std::make_unique<PlainCovered>(); }

}  // namespace warploom
