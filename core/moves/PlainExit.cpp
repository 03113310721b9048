// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// Work that depends on what memory says of its item, as a guard and an early return say it:
///     if (i >= n || mask[i] == 0) return;      if (i < n && mask[i] != 0) { … }      if (mask[i] != 0) { … } else y[i]
///     = 0;
class PlainExit : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "early returns"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto statements = kernel.statements();
        for (const Stmt* statement : statements)
            if (auto made = apart(kernel, statement))
                return made;
        const Stmt* last = statements.empty() ? nullptr : statements.back();
        if (auto made = nested(kernel, last))
            return made;
        const auto* guard = llvm::dyn_cast_or_null<IfStmt>(last);
        const auto* block =
            guard == nullptr || guard->getElse() != nullptr || !kernel.accesses(guard->getCond()).empty()
            ? nullptr
            : llvm::dyn_cast<CompoundStmt>(guard->getThen());
        return unwrapped(kernel, block != nullptr && !block->body_empty() ? block->body_back() : last);
    }

private:
    /// The operands of a chain of \p joint, those before the first that reads memory and the others.
    struct Operands {
        std::string before;
        std::string after;
    };

    static void addOperands(const Expr* expression, BinaryOperatorKind joint, std::vector<const Expr*>& all)
    {
        const auto* binary = llvm::dyn_cast<BinaryOperator>(expression->IgnoreParenImpCasts());
        if (binary == nullptr || binary->getOpcode() != joint) {
            all.push_back(expression);
            return;
        }
        addOperands(binary->getLHS(), joint, all);
        addOperands(binary->getRHS(), joint, all);
    }

    static std::optional<Operands> operandsOf(const KernelScope& kernel, const Expr* condition,
                                              BinaryOperatorKind joint)
    {
        std::vector<const Expr*> all;
        addOperands(condition, joint, all);
        Operands operands;
        for (const Expr* one : all) {
            const auto text = kernel.source().text(one);
            if (text.empty())
                return std::nullopt;
            auto& part = operands.after.empty() && kernel.accesses(one).empty() ? operands.before : operands.after;
            part += (part.empty() ? "" : joint == BO_LOr ? " || " : " && ") + text;
        }
        return operands.before.empty() || operands.after.empty() ? std::nullopt : std::optional(std::move(operands));
    }

    static const IfStmt* plainChoice(const Stmt* statement)
    {
        const auto* choice = llvm::dyn_cast_or_null<IfStmt>(statement);
        return choice == nullptr || choice->hasInitStorage() || choice->hasVarStorage() ? nullptr : choice;
    }

    static std::optional<std::string> apart(const KernelScope& kernel, const Stmt* statement)
    {
        const auto& source = kernel.source();
        const auto* choice = plainChoice(statement);
        if (choice == nullptr || choice->getElse() != nullptr
            || !llvm::isa_and_nonnull<ReturnStmt>(onlyStatement(choice->getThen())))
            return std::nullopt;
        const auto operands = operandsOf(kernel, choice->getCond(), BO_LOr);
        const auto range = source.statementRange(choice);
        if (!operands || !range)
            return std::nullopt;
        const auto indentation = indentationAt(source.text(), range->begin);
        SourceEdit edit(source.text());
        edit.replace(*range,
                     fmt::format("if ({1})\n{0}    return;\n{0}if ({2})\n{0}    return;", indentation, operands->before,
                                 operands->after));
        return edit.apply();
    }

    static std::optional<std::string> nested(const KernelScope& kernel, const Stmt* last)
    {
        const auto& source = kernel.source();
        const auto* choice = plainChoice(last);
        if (choice == nullptr || choice->getElse() != nullptr || !holdsLoop(choice->getThen()))
            return std::nullopt;
        const auto operands = operandsOf(kernel, choice->getCond(), BO_LAnd);
        const auto range = source.statementRange(choice);
        const auto then = source.statementRange(choice->getThen());
        if (!operands || !range || !then)
            return std::nullopt;
        const auto indentation = indentationAt(source.text(), range->begin);
        const auto inner = indentation + "    ";
        SourceEdit edit(source.text());
        edit.replace(*range,
                     fmt::format("if ({}) {{\n{}if ({}) {{\n{}{}}}\n{}}}", operands->before, inner, operands->after,
                                 reindented(contentOf(kernel, choice->getThen()), inner + "    "), inner, indentation));
        return edit.apply();
    }

    /// The last thing that a kernel does is for some items only: the others leave before it.
    static std::optional<std::string> unwrapped(const KernelScope& kernel, const Stmt* last)
    {
        const auto& source = kernel.source();
        const auto* choice = plainChoice(last);
        if (choice == nullptr || kernel.accesses(choice->getCond()).empty()
            || choice->getCond()->HasSideEffects(source.context(), false))
            return std::nullopt;
        const bool isThen = holdsLoop(choice->getThen());
        const auto* kept = llvm::dyn_cast_or_null<CompoundStmt>(isThen ? choice->getThen() : choice->getElse());
        const auto* left = isThen ? choice->getElse() : choice->getThen();
        const auto range = source.statementRange(choice);
        const auto condition = isThen ? opposite(kernel, choice->getCond()) : source.text(choice->getCond());
        if (kept == nullptr || !holdsLoop(kept) || (left != nullptr && holdsLoop(left)) || !range || condition.empty()
            || !declaresOnlyNames(kernel, *kept))
            return std::nullopt;
        const auto indentation = indentationAt(source.text(), range->begin);
        auto text = fmt::format("if ({})", condition);
        if (left == nullptr)
            text += fmt::format("\n{0}    return;\n", indentation);
        else
            text += fmt::format(" {{\n{}{}    return;\n{}}}\n",
                                reindented(contentOf(kernel, left), indentation + "    "), indentation, indentation);
        text += reindented(contentOf(kernel, kept), indentation);
        text.pop_back();
        SourceEdit edit(source.text());
        edit.replace(*range, text);
        return edit.apply();
    }

    static bool holdsLoop(const Stmt* statement)
    {
        bool found = false;
        walk(statement, [&](const Stmt* node) {
            found = found || llvm::isa<ForStmt, WhileStmt, DoStmt>(node);
            return !found;
        });
        return found;
    }

    /// Lines within a block, or the statement that stands without one.
    static std::string contentOf(const KernelScope& kernel, const Stmt* statement)
    {
        const auto& source = kernel.source();
        const auto range = source.statementRange(statement);
        if (!range)
            return {};
        if (llvm::isa<CompoundStmt>(statement))
            return source.text({range->begin + 1, range->end - 1});
        return indentationAt(source.text(), range->begin) + source.text(*range);
    }

    static std::string opposite(const KernelScope& kernel, const Expr* condition)
    {
        const auto& source = kernel.source();
        const auto text = source.text(condition);
        const auto* comparison = llvm::dyn_cast<BinaryOperator>(condition->IgnoreParenImpCasts());
        const bool isEquality = comparison != nullptr && comparison->isEqualityOp();
        const auto left = isEquality ? source.text(comparison->getLHS()) : std::string();
        const auto right = isEquality ? source.text(comparison->getRHS()) : std::string();
        if (!left.empty() && !right.empty())
            return fmt::format("{} {} {}", left, comparison->getOpcode() == BO_EQ ? "!=" : "==", right);
        return text.empty() ? text : "!(" + text + ")";
    }

    /// Names of the block are seen by nobody else when it has no brackets of its own.
    static bool declaresOnlyNames(const KernelScope& kernel, const CompoundStmt& block)
    {
        return std::ranges::all_of(block.body(), [&](const Stmt* statement) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            return declaration == nullptr || std::ranges::all_of(declaration->decls(), [&](const Decl* one) {
                       const auto* var = llvm::dyn_cast<VarDecl>(one);
                       return var != nullptr && isOnlyName(kernel, var);
                   });
        });
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainExit() { return std::make_unique<PlainExit>(); }

}  // namespace warploom
