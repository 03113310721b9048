// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"

namespace warploom {

namespace {

using namespace clang;

/// if (a) continue; rest says if (!a) { rest }.
class PlainContinue : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "conditions around what they guard"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* body = llvm::dyn_cast<CompoundStmt>(node);
            const auto* loop = body == nullptr ? nullptr : llvm::dyn_cast_or_null<ForStmt>(kernel.parent(body));
            if (loop != nullptr && loop->getBody() == body && !made)
                made = rewritten(kernel, *body);
            return !made;
        });
        return made;
    }

private:
    static std::optional<std::string> rewritten(const KernelScope& kernel, const CompoundStmt& body)
    {
        const auto& source = kernel.source();
        for (auto at = body.body_begin(); at != body.body_end() && std::next(at) != body.body_end(); ++at) {
            const auto* choice = llvm::dyn_cast<IfStmt>(*at);
            if (choice == nullptr || choice->getElse() != nullptr || choice->hasInitStorage() || choice->hasVarStorage()
                || !isContinue(choice->getThen()))
                continue;
            const auto range = source.statementRange(choice);
            const auto end = source.statementRange(body.body_back());
            const auto condition = negation(kernel, *choice->getCond());
            if (!range || !end || condition.empty())
                return std::nullopt;
            SourceEdit edit(source.text());
            const auto rest = std::string(source.text().substr(range->end, end->end - range->end));
            const auto indentation = indentationAt(source.text(), range->begin);
            edit.replace(
                {range->begin, end->end},
                fmt::format("if ({}) {{\n{}{}}}", condition, reindented(rest, indentation + "    "), indentation));
            return edit.apply();
        }
        return std::nullopt;
    }

    static bool isContinue(const Stmt* statement)
    {
        if (const auto* block = llvm::dyn_cast<CompoundStmt>(statement))
            return block->size() == 1 && llvm::isa<ContinueStmt>(block->body_front());
        return llvm::isa<ContinueStmt>(statement);
    }

    /// What holds when \p condition does not, comparisons of integers turned round.
    static std::string negation(const KernelScope& kernel, const Expr& condition)
    {
        const auto* binary = llvm::dyn_cast<BinaryOperator>(condition.IgnoreParenImpCasts());
        const auto* unary = llvm::dyn_cast<UnaryOperator>(condition.IgnoreParenImpCasts());
        if (unary != nullptr && unary->getOpcode() == UO_LNot) {
            const auto* operand = unary->getSubExpr()->IgnoreParenImpCasts();
            const auto inner = kernel.source().text(operand);
            const auto* operation = llvm::dyn_cast<BinaryOperator>(operand);
            const bool isLoose = llvm::isa<ConditionalOperator>(operand)
                || (operation != nullptr
                    && (operation->isLogicalOp() || operation->isBitwiseOp() || operation->isAssignmentOp()
                        || operation->isCommaOp()));
            return isLoose && !inner.empty() ? fmt::format("({})", inner) : inner;
        }
        if (binary != nullptr && binary->isLogicalOp()) {
            const bool isOr = binary->getOpcode() == BO_LOr;
            const auto left = negation(kernel, *binary->getLHS());
            const auto right = negation(kernel, *binary->getRHS());
            if (left.empty() || right.empty())
                return {};
            return isOr ? fmt::format("{} && {}", grouped(left), grouped(right)) : fmt::format("{} || {}", left, right);
        }
        if (binary != nullptr && binary->isComparisonOp() && binary->getLHS()->getType()->isIntegerType()
            && binary->getRHS()->getType()->isIntegerType()) {
            const auto left = kernel.source().text(binary->getLHS());
            const auto right = kernel.source().text(binary->getRHS());
            if (!left.empty() && !right.empty())
                return fmt::format(
                    "{} {} {}", left,
                    BinaryOperator::getOpcodeStr(BinaryOperator::negateComparisonOp(binary->getOpcode())).str(), right);
        }
        const auto text = kernel.source().text(&condition);
        return text.empty() ? std::string() : fmt::format("!({})", text);
    }

    static std::string grouped(const std::string& text)
    {
        return text.find("||") == std::string::npos && text.find('?') == std::string::npos ? text
                                                                                           : fmt::format("({})", text);
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainContinue() { return std::make_unique<PlainContinue>(); }

}  // namespace warploom
