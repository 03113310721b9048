// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"

namespace warploom {

namespace {

using namespace clang;

/// y[t] = s = a * s + x[t]; sets the variable first, and then what is to have the same.
class PlainChain : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "one assignment after the other"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            if (const auto* assignment = llvm::dyn_cast<BinaryOperator>(node); assignment != nullptr && !made)
                made = rewritten(kernel, *assignment);
            return !made;
        });
        return made;
    }

private:
    static std::optional<std::string> rewritten(const KernelScope& kernel, const BinaryOperator& outer)
    {
        const auto* above = kernel.parent(&outer);
        const auto* inner =
            outer.isAssignmentOp() ? llvm::dyn_cast<BinaryOperator>(outer.getRHS()->IgnoreParenImpCasts()) : nullptr;
        const auto* var = inner == nullptr || !inner->isAssignmentOp() ? nullptr : plainVariable(inner->getLHS());
        const bool isBody = isBodyOf(above, &outer);
        if (var == nullptr || !var->isLocalVarDecl() || var->isStaticLocal() || var->hasAttr<CUDASharedAttr>()
            || !var->getType()->isArithmeticType() || var->getType().isVolatileQualified()
            || outer.getLHS()->HasSideEffects(kernel.source().context())
            || (!isBody && !llvm::isa_and_nonnull<CompoundStmt>(above)))
            return std::nullopt;
        const auto& source = kernel.source();
        const auto range = source.statementRange(&outer);
        const auto first = source.text(inner);
        const auto target = source.text(outer.getLHS());
        if (!range || first.empty() || target.empty())
            return std::nullopt;
        const auto indentation = indentationAt(source.text(), range->begin);
        const auto text = [&](const std::string& margin) {
            return fmt::format("{};\n{}{} {} {};", first, margin, target, outer.getOpcodeStr().str(),
                               var->getName().str());
        };
        SourceEdit edit(source.text());
        edit.replace(*range,
                     isBody ? fmt::format("{{\n{0}    {1}\n{0}}}", indentation, text(indentation + "    "))
                            : text(indentation));
        return edit.apply();
    }

    /// Whether \p statement is all of a loop's body, or of a branch.
    static bool isBodyOf(const Stmt* above, const Stmt* statement)
    {
        if (const auto* loop = llvm::dyn_cast_or_null<ForStmt>(above))
            return loop->getBody() == statement;
        if (const auto* loop = llvm::dyn_cast_or_null<WhileStmt>(above))
            return loop->getBody() == statement;
        const auto* choice = llvm::dyn_cast_or_null<IfStmt>(above);
        return choice != nullptr && choice->getCond() != statement;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainChain() { return std::make_unique<PlainChain>(); }

}  // namespace warploom
