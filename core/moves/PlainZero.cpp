// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"
#include "moves/SizeForms.h"

namespace warploom {

namespace {

using namespace clang;

/// sum += (k < n ? a[k] : 0) * (k < n ? b[k] : 0), a loop whose last turns add nothing, ends where they begin.
class PlainZero : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "loops without turns that add nothing"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto loop = made || !llvm::isa<ForStmt>(node) ? std::nullopt : kernel.countedLoop(node);
            if (loop)
                made = shortened(kernel, *loop);
            return !made;
        });
        return made;
    }

private:
    /// A factor that is 0 unless all of \p conditions hold.
    struct Masked {
        const ConditionalOperator* whole = nullptr;
        std::vector<const Expr*> conditions;
    };

    static std::optional<std::string> shortened(const KernelScope& kernel, const CountedLoop& loop)
    {
        const auto* sum = llvm::dyn_cast_or_null<CompoundAssignOperator>(onlyStatement(loop.statement->getBody()));
        if (sum == nullptr || sum->getOpcode() != BO_AddAssign || plainVariable(sum->getLHS()) == nullptr)
            return std::nullopt;
        std::vector<const Expr*> factors;
        addFactors(sum->getRHS(), factors);
        std::vector<Masked> masked;
        for (const Expr* factor : factors)
            if (auto one = maskedOf(kernel, factor))
                masked.push_back(std::move(*one));
        // What is not masked may be infinite, and 0 times that is no zero.
        if (masked.empty() || masked.size() != factors.size())
            return std::nullopt;
        const auto& source = kernel.source();
        SourceEdit edit(source.text());
        const Expr* end = nullptr;
        bool isChanged = false;
        for (const auto& one : masked) {
            std::vector<std::string> left;
            bool isEnded = false;
            for (const Expr* condition : one.conditions) {
                const auto* bound = boundOf(kernel, condition, loop.var);
                if (bound != nullptr && endsAt(kernel, loop, bound) && (end == nullptr || isSame(kernel, end, bound))) {
                    end = bound;
                    isEnded = true;
                } else if (!isGiven(kernel, condition)) {
                    left.push_back(source.text(condition));
                }
            }
            if (!isEnded)
                return std::nullopt;
            const auto whole = source.range(one.whole);
            const auto value = source.text(one.whole->getTrueExpr());
            if (!whole || value.empty() || std::ranges::any_of(left, &std::string::empty))
                return std::nullopt;
            isChanged = true;
            edit.replace(*whole,
                         left.empty() ? value
                                      : fmt::format("{} ? {} : {}", fmt::join(left, " && "), value,
                                                    source.text(one.whole->getFalseExpr())));
        }
        const auto bound = source.range(loop.bound);
        if (!isChanged || !bound || end == nullptr)
            return std::nullopt;
        edit.replace(*bound, source.text(end));
        return edit.apply();
    }

    static void addFactors(const Expr* expression, std::vector<const Expr*>& factors)
    {
        const auto* product = llvm::dyn_cast<BinaryOperator>(expression->IgnoreParenImpCasts());
        if (product == nullptr || product->getOpcode() != BO_Mul) {
            factors.push_back(expression->IgnoreParenImpCasts());
            return;
        }
        addFactors(product->getLHS(), factors);
        addFactors(product->getRHS(), factors);
    }

    static std::optional<Masked> maskedOf(const KernelScope& kernel, const Expr* factor)
    {
        const auto* choice = llvm::dyn_cast<ConditionalOperator>(unconverted(factor));
        if (choice == nullptr || !isZeroNumber(kernel, choice->getFalseExpr()))
            return std::nullopt;
        return Masked{choice, partsOf(choice->getCond(), BO_LAnd)};
    }

    static bool isZeroNumber(const KernelScope& kernel, const Expr* expression)
    {
        const auto* plain = unconverted(expression);
        const auto* number = llvm::dyn_cast<FloatingLiteral>(plain);
        return number != nullptr ? number->getValue().isPosZero() : isZero(kernel, plain);
    }

    /// Without conversions between halves and floats, of which that of 0 is 0.
    static const Expr* unconverted(const Expr* expression)
    {
        static const std::set<std::string> kConversions = {"__half2float", "__bfloat162float", "__float2half",
                                                           "__float2half_rn", "__float2bfloat16"};
        while (true) {
            const Expr* plain = expression->IgnoreParenCasts()->IgnoreImplicit();
            if (const auto* call = llvm::dyn_cast<CallExpr>(plain);
                call != nullptr && call->getNumArgs() == 1 && kConversions.count(calleeName(call)) > 0)
                plain = call->getArg(0);
            else if (const auto* made = llvm::dyn_cast<CXXConstructExpr>(plain);
                     made != nullptr && made->getNumArgs() == 1)
                plain = made->getArg(0);
            if (plain == expression)
                return plain;
            expression = plain;
        }
    }

    /// n in `var < n`.
    static const Expr* boundOf(const KernelScope& kernel, const Expr* condition, const VarDecl* var)
    {
        const auto* less = llvm::dyn_cast<BinaryOperator>(condition);
        const auto form = less == nullptr || less->getOpcode() != BO_LT ? std::nullopt : kernel.form(less->getLHS());
        const bool isOfLoop = form && *form == IndexForm::symbol(kernel.symbolOf(var));
        return isOfLoop && !dependsOnThread(kernel, less->getRHS()) && kernel.references(var, less->getRHS()).empty()
            ? less->getRHS()->IgnoreParenImpCasts()
            : nullptr;
    }

    static bool isSame(const KernelScope& kernel, const Expr* one, const Expr* other)
    {
        const auto form = kernel.form(one);
        return form && form == kernel.form(other);
    }

    /// Whether the loop goes on to a multiple of a number behind \p bound: to (n + 15) / 16 * 16, which is said as
    /// ((n - 1) / 16 + 1) * 16 as well.
    static bool endsAt(const KernelScope& kernel, const CountedLoop& loop, const Expr* bound)
    {
        const auto end = kernel.form(loop.bound);
        const auto wanted = kernel.form(bound);
        if (!end || !wanted || loop.step != nullptr || !isZero(kernel, loop.start))
            return false;
        return std::ranges::any_of(end->terms(), [&](const auto& term) {
            const auto& [symbols, factor] = term;
            const auto parts = symbols.size() == 1 ? opaqueParts(symbols.front()) : std::nullopt;
            if (!parts || parts->operation != '/' || factor < 1 || parts->right != IndexForm::constant(factor))
                return false;
            // What is rounded down to a multiple of the number loses less than the number.
            const auto multiple = IndexForm::symbol(symbols.front()) * IndexForm::constant(factor);
            const auto least = *end - multiple + parts->left - IndexForm::constant(factor - 1);
            return (least - *wanted).constantValue().value_or(-1) >= 0;
        });
    }

    /// Whether threads for which \p condition does not hold have left: if (row >= m || col >= n) return;
    static bool isGiven(const KernelScope& kernel, const Expr* condition)
    {
        bool isSettled = true;
        walk(condition, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            isSettled = isSettled && (var == nullptr || isThreadBuiltin(reference) || !kernel.isModified(var));
            return isSettled;
        });
        const auto outside = inverseText(kernel, condition);
        for (const Stmt* statement : kernel.statements()) {
            const auto* exit = llvm::dyn_cast<IfStmt>(statement);
            if (!isSettled || !(statement->getEndLoc() < condition->getBeginLoc()))
                break;
            if (exit == nullptr || exit->getElse() != nullptr
                || !llvm::isa_and_nonnull<ReturnStmt>(onlyStatement(exit->getThen())))
                continue;
            const auto leaving = partsOf(exit->getCond(), BO_LOr);
            if (std::ranges::any_of(leaving, [&](const Expr* one) { return kernel.source().text(one) == outside; }))
                return true;
        }
        return false;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainZero() { return std::make_unique<PlainZero>(); }

}  // namespace warploom
