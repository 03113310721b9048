// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/HostWords.h"
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
        if (!form || !isSmall(*form))
            return false;
        const auto uses = kernel.references(&var, kernel.kernel().getBody());
        return !uses.empty() && std::ranges::all_of(uses, [&](const auto* use) {
            return isCounting(kernel, use) || isRead(kernel, use);
        });
    }

    /// Whether an int holds it: nothing is taken off, and no sizes are multiplied.
    static bool isSmall(const IndexForm& form)
    {
        return std::ranges::all_of(form.terms(), [](const auto& term) {
            const auto& [symbols, factor] = term;
            const bool isPosition = std::ranges::any_of(symbols, [](const std::string& symbol) {
                return symbol.rfind("$blockIdx.", 0) == 0 || symbol.rfind("$blockDim.", 0) == 0;
            });
            return factor >= 0 && factor <= std::numeric_limits<std::int32_t>::max()
                && (symbols.size() < 2 || isPosition);
        });
    }

    /// ++r or r += n.
    static bool isCounting(const KernelScope& kernel, const DeclRefExpr* use)
    {
        const auto* unary = llvm::dyn_cast_or_null<UnaryOperator>(kernel.parent(use));
        const auto* compound = llvm::dyn_cast_or_null<CompoundAssignOperator>(kernel.parent(use));
        return (unary != nullptr && unary->isIncrementOp())
            || (compound != nullptr && compound->getOpcode() == BO_AddAssign && compound->getLHS() == use
                && isStep(kernel, *compound->getRHS()));
    }

    /// Whether it goes up.
    static bool isStep(const KernelScope& kernel, const Expr& amount)
    {
        const auto form = kernel.form(&amount);
        if (!form || !isSmall(*form))
            return false;
        const auto* var = plainVariable(&amount);
        return var == nullptr || var->getType()->isUnsignedIntegerType() || form->constantValue()
            || isSize(kernel, amount);
    }

    /// Whether launches pass a size for it, or a number.
    static bool isSize(const KernelScope& kernel, const Expr& expression)
    {
        return std::ranges::all_of(kernel.launches(), [&](const LaunchLine* launch) {
            const auto argument = kernel.argumentOf(*launch, &expression);
            return !argument.empty() && isPlainWord(argument);
        });
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
            return binary->isComparisonOp() && isIntOrCounter(kernel, *binary->getLHS())
                && isIntOrCounter(kernel, *binary->getRHS());
        return llvm::isa_and_nonnull<ArraySubscriptExpr>(above);
    }

    /// What is compared with it is not negative and was an int, or is another counter or a number.
    static bool isIntOrCounter(const KernelScope& kernel, const Expr& side)
    {
        const auto* plain = side.IgnoreParenImpCasts();
        if (const auto* literal = llvm::dyn_cast<IntegerLiteral>(plain))
            return literal->getValue().getActiveBits() < 32;
        const auto* var = plainVariable(plain);
        if (var == nullptr || !var->getType()->isIntegerType()
            || kernel.source().context().getTypeSize(var->getType()) != 32)
            return false;
        if (llvm::isa<ParmVarDecl>(var))
            return var->getType()->isSignedIntegerType();
        const auto form = var->hasInit() ? kernel.form(var->getInit()) : std::nullopt;
        // Ends of rows are data, and as little below zero as sizes are.
        return var->hasInit()
            && (form ? isSmall(*form)
                     : var->getType()->isSignedIntegerType() && !kernel.accesses(var->getInit()).empty());
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainCounter() { return std::make_unique<PlainCounter>(); }

}  // namespace warploom
