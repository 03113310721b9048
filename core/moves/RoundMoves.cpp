// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/RoundMoves.h"

#include "moves/PlainLaunch.h"

namespace warploom {

using namespace clang;

namespace {

class RoundReader {
public:
    RoundReader(const KernelScope& kernel, const CountedLoop& loop)
        : m_kernel(kernel)
        , m_loop(loop)
    {
    }

    std::optional<RoundMoves> read()
    {
        const auto vars = carried();
        // A round that is cut short may not come to where a variable moves.
        if (holds<ReturnStmt, BreakStmt>() || (!vars.empty() && holds<ContinueStmt>()) || changesParts())
            return std::nullopt;
        RoundMoves moves;
        for (const auto* var : vars) {
            const auto amount = movedBy(var);
            if (!amount)
                return std::nullopt;
            moves.emplace_back(var, *amount);
        }
        return moves;
    }

private:
    template <typename... Statements>
    [[nodiscard]] bool holds() const
    {
        bool found = false;
        walk(m_loop.statement->getBody(), [&](const Stmt* node) {
            found = found || llvm::isa<Statements...>(node);
            return !found;
        });
        return found;
    }

    [[nodiscard]] const VarDecl* outerVariable(const Stmt* node) const
    {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        return var != nullptr && var->hasLocalStorage() && !isDeclaredWithin(var, m_loop.statement) ? var : nullptr;
    }

    /// Whether elements or members of what was declared before the loop change within.
    [[nodiscard]] bool changesParts() const
    {
        bool found = false;
        const auto look = [&](const Expr* place) {
            if (llvm::isa<DeclRefExpr>(place->IgnoreParens()))
                return;
            walk(place, [&](const Stmt* node) {
                found = found || outerVariable(node) != nullptr;
                return !found;
            });
        };
        walk(m_loop.statement, [&](const Stmt* node) {
            if (const auto* binary = llvm::dyn_cast<BinaryOperator>(node);
                binary != nullptr && binary->isAssignmentOp())
                look(binary->getLHS());
            if (const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
                unary != nullptr && unary->isIncrementDecrementOp())
                look(unary->getSubExpr());
            if (const auto* call = llvm::dyn_cast<CallExpr>(node))
                for (const Expr* argument : call->arguments())
                    if (argument->isLValue() && !argument->getType().isConstQualified())
                        look(argument);
            return !found;
        });
        return found;
    }

    /// In the order they are named in.
    [[nodiscard]] std::vector<const VarDecl*> carried() const
    {
        std::vector<const VarDecl*> found;
        walk(m_loop.statement, [&](const Stmt* node) {
            if (const auto* var = outerVariable(node); var != nullptr
                && m_kernel.isModifiedWithin(var, m_loop.statement) && std::ranges::find(found, var) == found.end())
                found.push_back(var);
            return true;
        });
        return found;
    }

    /// What is added to \p var in each round, once, by a statement of its own; nothing where it changes otherwise.
    [[nodiscard]] std::optional<std::string> movedBy(const VarDecl* var) const
    {
        const auto* body = llvm::dyn_cast<CompoundStmt>(m_loop.statement->getBody());
        if (body == nullptr || (!var->getType()->isPointerType() && !var->getType()->isIntegerType()))
            return std::nullopt;
        std::optional<std::string> amount;
        int changes = 0;
        walk(body, [&](const Stmt* node) {
            const auto* binary = llvm::dyn_cast<BinaryOperator>(node);
            const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
            const Expr* target = nullptr;
            if (binary != nullptr && binary->isAssignmentOp())
                target = binary->getLHS();
            else if (unary != nullptr && (unary->isIncrementDecrementOp() || unary->getOpcode() == UO_AddrOf))
                target = unary->getSubExpr();
            if (target == nullptr || plainVariable(target) != var)
                return true;
            ++changes;
            if (m_kernel.parent(node) != body)
                return true;
            if (unary != nullptr && unary->isIncrementOp())
                amount = "1";
            if (binary != nullptr && binary->getOpcode() == BO_AddAssign && isSame(binary->getRHS()))
                amount = operandText(m_kernel, binary->getRHS());
            return true;
        });
        return changes == 1 && amount && !amount->empty() ? amount : std::nullopt;
    }

    /// Whether \p expression is the same in every round: of constants, and variables that never change.
    [[nodiscard]] bool isSame(const Expr* expression) const
    {
        bool isFixed = m_kernel.form(expression).has_value();
        walk(expression, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            isFixed = isFixed && !llvm::isa<CallExpr, ArraySubscriptExpr>(node)
                && (var == nullptr
                    || (!m_kernel.isModified(var) && var != m_loop.var && !isDeclaredWithin(var, m_loop.statement)));
            return isFixed;
        });
        return isFixed;
    }

    const KernelScope& m_kernel;
    const CountedLoop& m_loop;
};

}  // namespace

std::optional<RoundMoves> movesOfRounds(const KernelScope& kernel, const CountedLoop& loop)
{
    return RoundReader(kernel, loop).read();
}

}  // namespace warploom
