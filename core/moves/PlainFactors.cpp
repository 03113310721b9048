// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/GuardedKernel.h"
#include "moves/PlainForm.h"

namespace warploom {

namespace {

using namespace clang;

/// float a = x[p]; float b = w[p]; s += a * b; names each value where it is used instead; so it does where several sums
/// are made of them.
class PlainFactors : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "values where they are added"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        // Moves on rows know such names; those on planes of outputs do not.
        const auto guarded = guardedKernel(kernel, true);
        if (!guarded || guarded->indices.size() != 2)
            return std::nullopt;
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* loop = llvm::dyn_cast<ForStmt>(node);
            const auto* body = loop == nullptr ? nullptr : llvm::dyn_cast_or_null<CompoundStmt>(loop->getBody());
            if (body != nullptr && body->size() >= 2 && !made)
                made = rewritten(kernel, *body);
            return !made;
        });
        return made;
    }

private:
    static std::optional<std::string> rewritten(const KernelScope& kernel, const CompoundStmt& body)
    {
        std::vector<const BinaryOperator*> updates;
        std::vector<const DeclStmt*> declarations;
        for (const Stmt* statement : body.body()) {
            const auto* update = llvm::dyn_cast<BinaryOperator>(statement);
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(statement))
                declarations.push_back(declaration);
            else if (update != nullptr && isUpdate(kernel, *update))
                updates.push_back(update);
            else
                return std::nullopt;
        }
        if (updates.empty() || declarations.empty() || body.body_back() != updates.back())
            return std::nullopt;
        SourceEdit edit(kernel.source().text());
        for (const DeclStmt* declaration : declarations)
            if (!inlined(kernel, *declaration, updates, edit))
                return std::nullopt;
        return edit.apply();
    }

    static bool isUpdate(const KernelScope& kernel, const BinaryOperator& update)
    {
        return update.isAssignmentOp() && plainVariable(update.getLHS()) != nullptr
            && !update.getRHS()->HasSideEffects(kernel.source().context(), false);
    }

    /// Whether \p declaration is of a value that \p updates use, which then stands there: once if there is but one.
    static bool inlined(const KernelScope& kernel, const DeclStmt& declaration,
                        const std::vector<const BinaryOperator*>& updates, SourceEdit& edit)
    {
        const auto* var = declaration.isSingleDecl() ? llvm::dyn_cast<VarDecl>(declaration.getSingleDecl()) : nullptr;
        if (var == nullptr || !var->hasInit() || kernel.isModified(var) || !var->getType()->isArithmeticType()
            || !isLoad(kernel, *var->getInit()) || (updates.size() > 1 && dependsOn(kernel, *var, updates)))
            return false;
        const auto everywhere = kernel.references(var, kernel.kernel().getBody());
        const auto range = kernel.source().statementRange(&declaration);
        std::size_t count = 0;
        for (const BinaryOperator* update : updates) {
            const auto renamed = kernel.renaming(var, update, valueOf(kernel, *var));
            if (!renamed)
                return false;
            for (const auto& one : *renamed)
                edit.replace(one.range, one.text);
            count += renamed->size();
        }
        if (!range || count == 0 || count != everywhere.size() || (updates.size() == 1 && count != 1))
            return false;
        edit.removeWithLine(*range);
        return true;
    }

    /// Whether \p updates change what the place of the value is made of.
    static bool dependsOn(const KernelScope& kernel, const VarDecl& var,
                          const std::vector<const BinaryOperator*>& updates)
    {
        return std::ranges::any_of(updates, [&](const BinaryOperator* update) {
            return !kernel.references(plainVariable(update->getLHS()), var.getInit()).empty();
        });
    }

    /// An element of memory as it is, or converted.
    static bool isLoad(const KernelScope& kernel, const Expr& value)
    {
        const auto accesses = kernel.accesses(&value);
        const auto* kept = llvm::dyn_cast<CallExpr>(value.IgnoreParenCasts());
        const Expr* inner = &value;
        if (kept != nullptr && kept->getNumArgs() == 1 && !llvm::isa<CXXMemberCallExpr>(kept)) {
            const auto name = calleeName(kept);
            if (name != "__half2float" && name != "__bfloat162float" && name != "__ldg")
                return false;
            inner = kept->getArg(0);
        }
        bool isPlain = accesses.size() == 1 && accesses.front().reads && !accesses.front().writes;
        walk(inner, [&](const Stmt* node) {
            isPlain = isPlain && !llvm::isa<ConditionalOperator, LambdaExpr>(node)
                && (!llvm::isa<CallExpr>(node) || llvm::isa<CXXMemberCallExpr>(node)
                    || llvm::isa<CXXOperatorCallExpr>(node));
            if (const auto* unary = llvm::dyn_cast<UnaryOperator>(node))
                isPlain = isPlain && !unary->isIncrementDecrementOp();
            if (const auto* binary = llvm::dyn_cast<BinaryOperator>(node))
                isPlain = isPlain && !binary->isAssignmentOp();
            return isPlain;
        });
        return isPlain;
    }

    /// The initialiser as a value of the variable's type.
    static std::string valueOf(const KernelScope& kernel, const VarDecl& var)
    {
        const auto text = std::string(kernel.source().text(var.getInit()));
        const auto type = var.getType().getUnqualifiedType();
        const auto& context = kernel.source().context();
        if (context.hasSameUnqualifiedType(type, var.getInit()->IgnoreImpCasts()->getType()))
            return llvm::isa<CallExpr, ArraySubscriptExpr>(var.getInit()->IgnoreImpCasts()) ? text : "(" + text + ")";
        return fmt::format("static_cast<{}>({})", type.getAsString(context.getPrintingPolicy()), text);
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainFactors() { return std::make_unique<PlainFactors>(); }

}  // namespace warploom
