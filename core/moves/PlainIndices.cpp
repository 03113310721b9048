// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ContractionChoice.h"
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// size_t at = size_t(row) * cols + col; out[at] = …; where an index has a name for one use, the use says it. On planes
/// of outputs all uses do.
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
            || kernel.isModified(var) || !kernel.form(var->getInit()) || !haveOnlyNames(kernel, var->getInit()))
            return std::nullopt;
        const auto uses = kernel.references(var, kernel.kernel().getBody());
        const bool isForOne =
            uses.size() == 1 && isSubscript(kernel, uses.front())
            && isPure(kernel, *var->getInit(), [&](const auto* part) {
                   return !isThreadBuiltin(part) && !kernel.isModified(llvm::cast<VarDecl>(part->getDecl()));
               });
        if (!isForOne && !isForAll(kernel, statement, *var))
            return std::nullopt;
        const auto text = source.text(var->getInit());
        const auto range = source.statementRange(&statement);
        if (!range || text.empty() || uses.empty())
            return std::nullopt;
        const bool isSame =
            source.context().hasSameUnqualifiedType(var->getType(), var->getInit()->IgnoreParenImpCasts()->getType());
        const auto type = var->getType().getUnqualifiedType().getAsString(source.context().getPrintingPolicy());
        SourceEdit edit(source.text());
        edit.removeWithLine(*range);
        for (const auto* use : uses) {
            const auto at = source.range(use);
            if (!at || source.text(*at) != var->getName())
                return std::nullopt;
            const bool isWhole = isForOne || isIndex(kernel, use);
            edit.replace(*at,
                         !isSame       ? fmt::format("({})({})", type, text)
                             : isWhole ? std::string(text)
                                       : fmt::format("({})", text));
        }
        return edit.apply();
    }

    /// Whether every use in a kernel of one thread an output of a plane may say what \p var is: a contraction's loop,
    /// or what one begins from.
    static bool isForAll(const KernelScope& kernel, const DeclStmt& statement, const VarDecl& var)
    {
        const auto guarded = guardedKernel(kernel, true);
        if (!guarded || guarded->indices.size() != 2)
            return false;
        const ForStmt* loop = nullptr;
        for (const Stmt* one : guarded->body)
            if (loop == nullptr)
                loop = llvm::isa<ForStmt>(one) ? llvm::cast<ForStmt>(one) : chosenLoop(one);
        const auto* parent = kernel.parent(&statement);
        const bool isBefore = loop != nullptr && std::ranges::find(guarded->body, &statement) != guarded->body.end()
            && statement.getBeginLoc() < loop->getBeginLoc();
        const bool isWithin = loop != nullptr && parent == loop->getBody();
        const auto counted = isWithin ? kernel.countedLoop(loop) : std::nullopt;
        return (isBefore || counted) && isPure(kernel, *var.getInit(), [&](const DeclRefExpr* part) {
                   const auto* own = llvm::cast<VarDecl>(part->getDecl());
                   return isThreadBuiltin(part) ? isLayer(kernel, part)
                                                : !kernel.isModified(own) || (counted && own == counted->var);
               });
    }

    /// Whether \p builtin is that of blockIdx.z.
    static bool isLayer(const KernelScope& kernel, const DeclRefExpr* builtin)
    {
        const auto* member = llvm::dyn_cast_or_null<MemberExpr>(kernel.parent(builtin));
        return identifierOf(builtin->getDecl()) == "blockIdx" && member != nullptr
            && identifierOf(member->getMemberDecl()) == "z";
    }

    /// Whether \p use is a whole index, which needs no parentheses.
    static bool isIndex(const KernelScope& kernel, const Stmt* use)
    {
        const Stmt* above = kernel.parent(use);
        while (llvm::isa_and_nonnull<ImplicitCastExpr>(above))
            above = kernel.parent(above);
        return llvm::isa_and_nonnull<ArraySubscriptExpr>(above);
    }

    static bool isSubscript(const KernelScope& kernel, const Stmt* use)
    {
        const Stmt* above = kernel.parent(use);
        while (llvm::isa_and_nonnull<ImplicitCastExpr, ParenExpr>(above))
            above = kernel.parent(above);
        const auto* subscript = llvm::dyn_cast_or_null<ArraySubscriptExpr>(above);
        return subscript != nullptr;
    }

    /// Of numbers and variables that \p isSettled says are the same wherever they are named.
    static bool isPure(const KernelScope& kernel, const Expr& value,
                       const std::function<bool(const DeclRefExpr*)>& isSettled)
    {
        bool pure = kernel.accesses(&value).empty() && !value.HasSideEffects(kernel.source().context());
        bool isNamed = false;
        walk(&value, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            pure = pure && !llvm::isa<CallExpr, ConditionalOperator>(node)
                && (reference == nullptr || (var != nullptr && isSettled(reference)));
            isNamed = isNamed || var != nullptr;
            return pure;
        });
        return pure && isNamed;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainIndices() { return std::make_unique<PlainIndices>(); }

}  // namespace warploom
