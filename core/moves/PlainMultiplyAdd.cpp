// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"

namespace warploom {

namespace {

using namespace clang;

/// sum = fmaf(a, b, sum) says sum += a * b, which the compiler makes the same instruction of.
class PlainMultiplyAdd : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "products added"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto& source = kernel.source();
        // Without contraction the product would be rounded.
        if (source.text().find("fmad") != std::string_view::npos)
            return std::nullopt;
        SourceEdit edit(source.text());
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* assignment = llvm::dyn_cast<BinaryOperator>(node);
            const auto* call = assignment == nullptr || assignment->getOpcode() != BO_Assign
                ? nullptr
                : llvm::dyn_cast<CallExpr>(assignment->getRHS()->IgnoreParenImpCasts());
            if (call == nullptr || !isMultiplyAdd(*call) || !hasOwnType(*assignment->getLHS(), *call))
                return true;
            const auto target = source.text(assignment->getLHS());
            const auto range = source.range(assignment);
            const auto a = source.text(call->getArg(0));
            const auto b = source.text(call->getArg(1));
            if (range && !a.empty() && !b.empty() && !target.empty()
                && !assignment->getLHS()->HasSideEffects(source.context()) && source.text(call->getArg(2)) == target)
                edit.replace(
                    *range,
                    fmt::format("{} += {} * {}", target, factor(*call->getArg(0), a), factor(*call->getArg(1), b)));
            return false;
        });
        return edit.isEmpty() ? std::nullopt : edit.apply();
    }

private:
    static bool isMultiplyAdd(const CallExpr& call)
    {
        const auto name = calleeName(&call);
        return (name == "fmaf" || name == "fma" || name == "__fmaf_rn") && call.getNumArgs() == 3
            && call.getType() == call.getArg(0)->getType() && call.getType() == call.getArg(1)->getType()
            && hasOwnType(*call.getArg(0), call) && hasOwnType(*call.getArg(1), call);
    }

    /// Whether the factor is of the call's type before conversions too: a product of others is another product.
    static bool hasOwnType(const Expr& factor, const CallExpr& call)
    {
        return factor.IgnoreParenImpCasts()->getType().getUnqualifiedType() == call.getType().getUnqualifiedType();
    }

    static std::string factor(const Expr& expression, const std::string& text)
    {
        return llvm::isa<BinaryOperator, ConditionalOperator>(expression.IgnoreImpCasts()) ? fmt::format("({})", text)
                                                                                           : text;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainMultiplyAdd() { return std::make_unique<PlainMultiplyAdd>(); }

}  // namespace warploom
