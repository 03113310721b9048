// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"

namespace warploom {

namespace {

using namespace clang;

/// unsigned v = word; for (int i = 0; i < 8; ++i) { … v & 15 …; v >>= 4; } has v >> 4 * i in the loop instead: what a
/// round sees does not depend on the rounds before it.
class PlainShift : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "values by their place in a word"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            if (llvm::isa<ForStmt>(node) && !made)
                made = rewritten(kernel, node);
            return !made;
        });
        return made;
    }

private:
    static std::optional<std::string> rewritten(const KernelScope& kernel, const Stmt* statement)
    {
        const auto loop = kernel.countedLoop(statement);
        const auto* body = loop ? llvm::dyn_cast<CompoundStmt>(loop->statement->getBody()) : nullptr;
        const auto* update =
            body == nullptr || body->body_empty() ? nullptr : llvm::dyn_cast<BinaryOperator>(body->body_back());
        if (update == nullptr || update->getOpcode() != BO_ShrAssign || loop->step != nullptr
            || kernel.containsReturn(body))
            return std::nullopt;
        const auto* var = plainVariable(update->getLHS());
        const auto amount = kernel.form(update->getRHS());
        const auto range = kernel.source().statementRange(update);
        if (var == nullptr || !amount || !range || !fits(kernel, *loop, *var, amount->constantValue().value_or(0))
            || !isWordOf(kernel, *var, *loop, *update))
            return std::nullopt;
        const auto name = loop->var->getNameAsString();
        const auto uses = kernel.renaming(
            var, body, fmt::format("({} >> {} * {})", var->getName().str(), *amount->constantValue(), name));
        if (!uses)
            return std::nullopt;
        SourceEdit edit(kernel.source().text());
        for (const auto& use : *uses)
            if (!range->contains(use.range))
                edit.replace(use.range, use.text);
        edit.removeWithLine(*range);
        return edit.apply();
    }

    /// Whether the loop counts from 0, and all that it shifts by together is less than the word has.
    static bool fits(const KernelScope& kernel, const CountedLoop& loop, const VarDecl& word, std::int64_t amount)
    {
        constexpr std::int64_t kInteger = 32;
        const auto start = kernel.form(loop.start);
        const auto bound = kernel.form(loop.bound);
        const auto rounds = bound ? bound->constantValue().value_or(0) : 0;
        const auto bits = static_cast<std::int64_t>(kernel.source().context().getTypeSize(word.getType()));
        return start && start->isZero() && amount > 0 && amount < kInteger && rounds > 0 && rounds <= kInteger * 2
            && (rounds - 1) * amount < std::max(bits, kInteger) && kernel.source().directives().tunes().empty();
    }

    /// Whether \p word is declared beside the loop, and nothing but \p update changes it, nor looks at it afterwards.
    static bool isWordOf(const KernelScope& kernel, const VarDecl& word, const CountedLoop& loop,
                         const BinaryOperator& update)
    {
        const Stmt* outer = loop.statement;
        if (llvm::isa_and_nonnull<AttributedStmt>(kernel.parent(outer)))
            outer = kernel.parent(outer);
        const auto* block = llvm::dyn_cast_or_null<CompoundStmt>(kernel.parent(outer));
        const bool isBeside =
            block != nullptr && std::ranges::any_of(block->body(), [&](const Stmt* sibling) {
                const auto* declaration = llvm::dyn_cast<DeclStmt>(sibling);
                return declaration != nullptr && declaration->isSingleDecl() && declaration->getSingleDecl() == &word;
            });
        if (!isBeside || !word.hasInit() || !word.getType()->isIntegerType() || word.isStaticLocal()
            || word.getType().isVolatileQualified()
            || kernel.references(&word, block).size() != kernel.references(&word, loop.statement->getBody()).size())
            return false;
        const auto* body = llvm::cast<CompoundStmt>(loop.statement->getBody());
        bool isFixed = true;
        for (const Stmt* statement : body->body())
            isFixed = isFixed && (statement == &update || !kernel.isModifiedWithin(&word, statement));
        // The counter's name has to mean the counter wherever the word is used.
        walk(body, [&](const Stmt* node) {
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
                for (const Decl* one : declaration->decls()) {
                    const auto* named = llvm::dyn_cast<NamedDecl>(one);
                    isFixed = isFixed && (named == nullptr || identifierOf(named) != loop.var->getName());
                }
            return isFixed;
        });
        return isFixed;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainShift() { return std::make_unique<PlainShift>(); }

}  // namespace warploom
