// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"

namespace warploom {

namespace {

using namespace clang;

/// unsigned r that only stands in comparisons with ints, in subscripts and in wider sums: an int, which compares and
/// converts as written. Sizes, which such counters run up to, are not negative.
class PlainCounter : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "signed counters"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto& source = kernel.source();
        SourceEdit edit(source.text());
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* statement = llvm::dyn_cast<DeclStmt>(node);
            const auto* var = statement == nullptr || !statement->isSingleDecl()
                ? nullptr
                : llvm::dyn_cast<VarDecl>(statement->getSingleDecl());
            if (var == nullptr || !isUnsignedInt(var->getType()) || !var->hasInit() || var->isStaticLocal())
                return true;
            const auto whole = source.range(statement);
            const auto at = source.offset(var->getLocation());
            if (whole && at && *at > whole->begin && isCounter(kernel, *var))
                edit.replace({whole->begin, *at}, "int ");
            return true;
        });
        return edit.isEmpty() ? std::nullopt : edit.apply();
    }

private:
    static bool isUnsignedInt(QualType type)
    {
        const auto* builtin = type->getAs<BuiltinType>();
        return builtin != nullptr && builtin->getKind() == BuiltinType::UInt;
    }

    static bool isCounter(const KernelScope& kernel, const VarDecl& var)
    {
        const auto form = kernel.form(var.getInit());
        if (!form)
            return false;
        // Both may come out of what no int holds.
        for (const auto& [symbols, factor] : form->terms())
            if (factor < 0)
                return false;
        const auto uses = kernel.references(&var, kernel.kernel().getBody());
        return !uses.empty() && std::ranges::all_of(uses, [&](const auto* use) {
            return isCounting(kernel, use) || isRead(kernel, use);
        });
    }

    /// ++r or r += n.
    static bool isCounting(const KernelScope& kernel, const DeclRefExpr* use)
    {
        const auto* unary = llvm::dyn_cast_or_null<UnaryOperator>(kernel.parent(use));
        const auto* compound = llvm::dyn_cast_or_null<CompoundAssignOperator>(kernel.parent(use));
        return (unary != nullptr && unary->isIncrementOp())
            || (compound != nullptr && compound->getOpcode() == BO_AddAssign && compound->getLHS() == use);
    }

    static bool isRead(const KernelScope& kernel, const DeclRefExpr* use)
    {
        const auto& context = kernel.source().context();
        const Stmt* above = kernel.parent(use);
        while (llvm::isa_and_nonnull<ImplicitCastExpr, ParenExpr>(above)) {
            if (context.getTypeSize(llvm::cast<Expr>(above)->getType()) > 32)
                return true;
            above = kernel.parent(above);
        }
        if (const auto* cast = llvm::dyn_cast_or_null<ExplicitCastExpr>(above))
            return cast->getType()->isIntegerType() && context.getTypeSize(cast->getType()) > 32;
        if (const auto* binary = llvm::dyn_cast_or_null<BinaryOperator>(above))
            return binary->isComparisonOp() && isIntOrCounter(*binary->getLHS()) && isIntOrCounter(*binary->getRHS());
        return llvm::isa_and_nonnull<ArraySubscriptExpr>(above);
    }

    /// What is compared with it was an int, or is another counter or a number.
    static bool isIntOrCounter(const Expr& side)
    {
        const auto* plain = side.IgnoreParenImpCasts();
        const auto* var = plainVariable(plain);
        return llvm::isa<IntegerLiteral>(plain) || (var != nullptr && var->getType()->isIntegerType());
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainCounter() { return std::make_unique<PlainCounter>(); }

}  // namespace warploom
