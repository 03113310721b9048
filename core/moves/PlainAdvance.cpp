// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// x += row * cols; for a parameter that is only used from there on: a pointer of its own, which the parameter's
/// stays what it was for.
class PlainAdvance : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "a pointer to the row"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        for (const Stmt* statement : kernel.statements())
            if (auto made = rewritten(kernel, *statement))
                return made;
        return std::nullopt;
    }

private:
    static std::optional<std::string> rewritten(const KernelScope& kernel, const Stmt& statement)
    {
        const auto* addition = llvm::dyn_cast<CompoundAssignOperator>(&statement);
        const auto* pointer = addition == nullptr || addition->getOpcode() != BO_AddAssign
            ? nullptr
            : llvm::dyn_cast_or_null<ParmVarDecl>(plainVariable(addition->getLHS()));
        const auto& source = kernel.source();
        if (pointer == nullptr || !pointer->getType()->isPointerType() || kernel.advanceOf(pointer) != nullptr)
            return std::nullopt;
        const auto range = source.statementRange(addition);
        const auto* value = addition->getRHS()->IgnoreImpCasts();
        const bool isLoose =
            !(llvm::isa<BinaryOperator>(value) && llvm::cast<BinaryOperator>(value)->isMultiplicativeOp())
            || value->getBeginLoc().isMacroID();
        const auto amount = isLoose ? operandText(kernel, addition->getRHS()) : source.text(addition->getRHS());
        if (!range || amount.empty() || !kernel.references(pointer, addition->getRHS()).empty())
            return std::nullopt;
        const auto name = source.directives().freshName(pointer->getName().str() + "_row");
        SourceEdit edit(source.text());
        for (const auto* reference : kernel.references(pointer, kernel.kernel().getBody())) {
            if (reference == addition->getLHS()->IgnoreParens())
                continue;
            const auto at = source.range(reference);
            if (!at || at->begin < range->end || isChange(kernel, reference) || source.text(*at) != pointer->getName())
                return std::nullopt;
            edit.replace(*at, name);
        }
        std::string declared = name;
        pointer->getType().getUnqualifiedType().getAsStringInternal(declared, source.context().getPrintingPolicy());
        edit.replace(*range, fmt::format("{} = {} + {};", declared, pointer->getName().str(), amount));
        return edit.apply();
    }

    static bool isChange(const KernelScope& kernel, const DeclRefExpr* reference)
    {
        const Stmt* above = kernel.parent(reference);
        while (llvm::isa_and_nonnull<ParenExpr>(above))
            above = kernel.parent(above);
        const auto* unary = llvm::dyn_cast_or_null<UnaryOperator>(above);
        const auto* binary = llvm::dyn_cast_or_null<BinaryOperator>(above);
        return llvm::isa_and_nonnull<CallExpr>(above)
            || (unary != nullptr && (unary->isIncrementDecrementOp() || unary->getOpcode() == UO_AddrOf))
            || (binary != nullptr && binary->isAssignmentOp() && binary->getLHS()->IgnoreParens() == reference);
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainAdvance() { return std::make_unique<PlainAdvance>(); }

}  // namespace warploom
