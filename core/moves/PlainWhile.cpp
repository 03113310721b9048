// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// int i = a; … while (i < n) { …; i += s; } counts as for (int i = a; i < n; i += s) { … } does.
class PlainWhile : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "counting with for"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            if (const auto* loop = llvm::dyn_cast<WhileStmt>(node); loop != nullptr && !made)
                made = rewritten(kernel, *loop);
            return !made;
        });
        return made;
    }

private:
    static std::optional<std::string> rewritten(const KernelScope& kernel, const WhileStmt& loop)
    {
        const auto& source = kernel.source();
        const auto* body = llvm::dyn_cast<CompoundStmt>(loop.getBody());
        const auto* condition = llvm::dyn_cast<BinaryOperator>(loop.getCond()->IgnoreParenImpCasts());
        const auto* var = condition == nullptr ? nullptr : plainVariable(condition->getLHS());
        if (body == nullptr || body->body_empty() || var == nullptr || condition->getOpcode() != BO_LT
            || !var->isLocalVarDecl() || !var->hasInit() || !var->getType()->isIntegerType() || var->isStaticLocal()
            || !isCount(*body->body_back(), var) || hasContinue(*body) || namesWithin(*body->body_back(), *body))
            return std::nullopt;
        const auto* declaration = declarationBefore(kernel, loop, var);
        if (declaration == nullptr || !isOnlyOfLoop(kernel, var, *declaration, loop) || changes(kernel, var) != 1)
            return std::nullopt;
        const auto head = source.range(SourceRange(loop.getBeginLoc(), loop.getRParenLoc()));
        const auto definition = source.range(declaration->getSourceRange());
        const auto count = source.statementRange(body->body_back());
        if (!head || !definition || !count)
            return std::nullopt;
        auto initial = source.text(*definition);
        while (!initial.empty() && (initial.back() == ';' || initial.back() == ' '))
            initial.pop_back();
        auto step = source.text(llvm::cast<Stmt>(body->body_back()));
        SourceEdit edit(source.text());
        edit.removeWithLine(*source.statementRange(declaration));
        edit.removeWithLine(*count);
        edit.replace(*head, fmt::format("for ({}; {}; {})", initial, source.text(loop.getCond()), step));
        return edit.apply();
    }

    static bool isCount(const Stmt& last, const VarDecl* var)
    {
        if (const auto* unary = llvm::dyn_cast<UnaryOperator>(&last))
            return unary->isIncrementOp() && plainVariable(unary->getSubExpr()) == var;
        const auto* compound = llvm::dyn_cast<CompoundAssignOperator>(&last);
        return compound != nullptr && compound->getOpcode() == BO_AddAssign && plainVariable(compound->getLHS()) == var;
    }

    /// Whether the count names what the body declares: the head of a loop does not know that.
    static bool namesWithin(const Stmt& count, const CompoundStmt& body)
    {
        bool found = false;
        walk(&count, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            found = found || (var != nullptr && isDeclaredWithin(var, &body));
            return !found;
        });
        return found;
    }

    /// Of this loop; those of loops within are theirs.
    static bool hasContinue(const Stmt& body)
    {
        bool found = false;
        walk(&body, [&](const Stmt* node) {
            found = found || llvm::isa<ContinueStmt, GotoStmt>(node);
            return !found && !llvm::isa<ForStmt, WhileStmt, DoStmt>(node);
        });
        return found;
    }

    /// The variable's own declaration in the same block, nothing in between that could change what it starts from.
    static const DeclStmt* declarationBefore(const KernelScope& kernel, const WhileStmt& loop, const VarDecl* var)
    {
        const auto* block = llvm::dyn_cast_or_null<CompoundStmt>(kernel.parent(&loop));
        const DeclStmt* found = nullptr;
        for (const Stmt* statement : block == nullptr
                 ? llvm::iterator_range<CompoundStmt::const_body_iterator>(nullptr, nullptr)
                 : block->body()) {
            if (statement == &loop)
                return found;
            const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            if (declaration != nullptr && declaration->isSingleDecl() && declaration->getSingleDecl() == var)
                found = declaration;
            else if (found != nullptr
                     && (declaration == nullptr || !onlyReads(kernel, *statement) || kernel.synchronises(statement)
                         || hides(kernel, *declaration, *var)))
                return nullptr;
        }
        return nullptr;
    }

    /// Whether what \p var starts from would mean something else behind \p declaration.
    static bool hides(const KernelScope& kernel, const DeclStmt& declaration, const VarDecl& var)
    {
        const auto range = kernel.source().range(var.getSourceRange());
        return !range || std::ranges::any_of(declaration.decls(), [&](const Decl* one) {
            const auto* named = llvm::dyn_cast<NamedDecl>(one);
            return named == nullptr || mentions(kernel.source().text(*range), identifierOf(named).str());
        });
    }

    static bool isOnlyOfLoop(const KernelScope& kernel, const VarDecl* var, const DeclStmt& declaration,
                             const WhileStmt& loop)
    {
        const auto all = kernel.references(var, kernel.kernel().getBody()).size();
        if (all != kernel.references(var, &loop).size())
            return false;
        bool isPlain = onlyReads(kernel, declaration);
        walk(var->getInit(), [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* used = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            isPlain = isPlain && !llvm::isa<CallExpr>(node) && (used == nullptr || !kernel.isModified(used));
            return isPlain;
        });
        return isPlain;
    }

    /// Whether what it reads is there to be read a few declarations later too.
    static bool onlyReads(const KernelScope& kernel, const Stmt& statement)
    {
        return std::ranges::none_of(kernel.accesses(&statement), [](const Access& access) {
            return access.base == nullptr || access.writes || access.atomic;
        });
    }

    static std::size_t changes(const KernelScope& kernel, const VarDecl* var)
    {
        std::size_t count = 0;
        for (const auto* reference : kernel.references(var, kernel.kernel().getBody())) {
            const Stmt* above = kernel.parent(reference);
            const auto* unary = llvm::dyn_cast_or_null<UnaryOperator>(above);
            const auto* binary = llvm::dyn_cast_or_null<BinaryOperator>(above);
            count += (unary != nullptr && (unary->isIncrementDecrementOp() || unary->getOpcode() == UO_AddrOf))
                    || (binary != nullptr && binary->isAssignmentOp() && binary->getLHS() == reference)
                    || llvm::isa_and_nonnull<CallExpr>(above)
                ? 1
                : 0;
        }
        return count;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainWhile() { return std::make_unique<PlainWhile>(); }

}  // namespace warploom
